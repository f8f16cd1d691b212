/** A message with what was said just before and after it, by anybody: what a link to it shows. */
import type { MessagePage, MessageRecord } from "../../../shared/history.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";

const OLDER_ROWS = 50;
const LATER_ROWS = 100;
/** So many later ones are enough. */
const LATER_WANTED = 20;
const FIRST_SPAN_MS = 600_000;

export interface Surrounded {
  /** Newest first. */
  page: MessagePage;
  hasOlder: boolean;
}

/** Rejects with a `RestProblem`, such as one that says that history has no such message. */
export async function readAround(hub: Hub, messageId: string): Promise<Surrounded> {
  const message = await hub.rest.get<MessageRecord>(path`/api/messages/${messageId}`);
  const justAfter = Date.parse(message.timestamp) + 1;
  const read = (q: string, limit: number) => hub.rest.get<MessagePage>("/api/messages", { query: { q, limit } });
  const [older, later] = await Promise.all([
    read(`before:${iso(justAfter)}`, OLDER_ROWS),
    readLater(read, justAfter, Date.now()),
  ]);
  const isThere = older.items.some((item) => item.messageId === messageId);
  // Of one moment may be more than a page has: then it comes behind these.
  const items = [...later, ...older.items, ...(isThere ? [] : [message])];
  return { page: { items }, hasOlder: older.nextCursor !== undefined };
}

/**
 * History is read from its newest end, so those that follow a moment are those of a span after it: one that has enough of them, and
 * no more than fit into a page.
 */
async function readLater(
  read: (q: string, limit: number) => Promise<MessagePage>,
  from: number,
  now: number,
): Promise<MessageRecord[]> {
  let best: MessageRecord[] = [];
  let isTooLong = false;
  for (let span = FIRST_SPAN_MS; span >= 1; ) {
    const { items, nextCursor } = await read(`after:${iso(from)} before:${iso(from + span)}`, LATER_ROWS);
    if (nextCursor !== undefined) {
      if (best.length > 0) return best;
      isTooLong = true;
      span = Math.floor(span / 8);
      continue;
    }
    best = items;
    if (items.length >= LATER_WANTED || isTooLong || from + span > now) return best;
    span *= 8;
  }
  return best;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
