/**
 * What a row of the archive holds: messages that ended, as far as anybody may still ask. Of what a message says only a
 * digest is kept, which tells a retry from another message (M3); the text is in the journal.
 *
 * A segment is lines of JSON: what messages have in common, since most of a segment came and went together, then
 * `["<id>",<seq>,"<digest>","<sender>"]` for each that has it.
 */
import { digestOf } from "./digest.ts";
import type { Row, State } from "./store.ts";

/** The fields that lie ahead of the messages that share them. */
type Shared = [
  logPosition: number,
  state: State,
  attempts: number,
  epoch: number,
  queuedAt: number,
  deliveredAt: number,
  ackedAt: number,
  seenAt: number,
];
type Own = [messageId: string, seq: number, digest: string, sender: string];

/** A message of the archive as older versions wrote it, with its text. */
type Whole = Omit<Row, "body" | "leaseUntil" | "endedAt" | "reason" | "digest"> & { message: unknown };

/** By hand: neither ids nor digests hold what JSON would escape. */
export function writeSegment(rows: readonly Row[]): string {
  const lines: string[] = [];
  let last = "";
  for (const r of rows) {
    const shared = `[${r.logPosition},${r.state},${r.attempts},${r.epoch},${r.queuedAt},${r.deliveredAt},${r.ackedAt},${r.seenAt}]`;
    if (shared !== last) lines.push(shared);
    last = shared;
    lines.push(`["${r.messageId}",${r.seq},"${r.digest ?? digestOf(r.body)}","${r.sender}"]`);
  }
  return lines.join("\n");
}

/** The messages of a segment, without their texts where it has none. */
export function readSegment(lines: string): Row[] {
  let shared: Shared = [0, 0, 0, 0, 0, 0, 0, 0];
  return lines.split("\n").flatMap((line) => {
    const value = JSON.parse(line) as Shared | Own | Whole;
    if (!Array.isArray(value)) return [readWhole(value)];
    if (isOwn(value)) return [toRow(value, shared)];
    shared = value;
    return [];
  });
}

function isOwn(value: Shared | Own): value is Own {
  return typeof value[0] === "string";
}

function toRow([messageId, seq, digest, sender]: Own, shared: Shared): Row {
  const [logPosition, state, attempts, epoch, queuedAt, deliveredAt, ackedAt, seenAt] = shared;
  return {
    ...NOT_KEPT,
    ...{ messageId, seq, digest, sender, logPosition, state, attempts, epoch, queuedAt, deliveredAt, ackedAt, seenAt },
  };
}

function readWhole({ message, ...fields }: Whole): Row {
  const body = JSON.stringify(message);
  return { ...NOT_KEPT, ...fields, body, digest: digestOf(body) };
}

const NOT_KEPT = { body: "", bytes: 0, leaseUntil: 0, expiresAt: 0, endedAt: null, reason: null };
