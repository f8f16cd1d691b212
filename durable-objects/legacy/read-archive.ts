/** Reads the acked messages of a 0.1 mailbox: lines of JSON, first what the following messages share, then each of them. */

/** A message that was acked: of what it said there is a digest only. Times in epoch ms, 0 where it has not come to that. */
export interface ArchivedMessage {
  messageId: string;
  sender: string;
  digest: string;
  isSeen: boolean;
  attempts: number;
  queuedAt: number;
  deliveredAt: number;
  ackedAt: number;
  seenAt: number;
}

/** [logPosition, state, attempts, epoch, queuedAt, deliveredAt, ackedAt, seenAt]; state 1 is `delivered`, to a v1 client. */
type Shared = [number, number, number, number, number, number, number, number];
type Own = [messageId: string, seq: number, digest: string, sender: string];
/** How the first versions wrote it. */
interface Whole {
  messageId: string;
  sender: string;
  message: unknown;
  state: number;
  attempts: number;
  queuedAt: number;
  deliveredAt: number;
  ackedAt: number;
  seenAt: number;
}

const SEEN = 3;

/** `digestOf` as it was when the archive was written. */
export function readArchive(lines: string, digestOf: (body: string) => string): ArchivedMessage[] {
  let shared: Shared = [0, 0, 0, 0, 0, 0, 0, 0];
  return lines.split("\n").flatMap((line): ArchivedMessage[] => {
    const value = JSON.parse(line) as Shared | Own | Whole;
    if (!Array.isArray(value)) {
      return [{ ...value, digest: digestOf(JSON.stringify(value.message)), isSeen: value.state === SEEN }];
    }
    if (typeof value[0] === "string") {
      const [messageId, , digest, sender] = value as Own;
      const [, state, attempts, , queuedAt, deliveredAt, ackedAt, seenAt] = shared;
      return [{ messageId, digest, sender, isSeen: state === SEEN, attempts, queuedAt, deliveredAt, ackedAt, seenAt }];
    }
    shared = value as Shared;
    return [];
  });
}
