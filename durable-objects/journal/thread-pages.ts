/** Threads as `GET /api/threads` tells them. */
import type { Thread, ThreadPage, ThreadSummary } from "../../shared/history.ts";
import { isInstanceId } from "../../shared/ids.ts";
import { THREAD_MAX_MESSAGES } from "../../shared/limits.ts";
import { type Filter, isEverything } from "./filter.ts";
import type { HistoryRow } from "./history-store.ts";
import { toRecord } from "./record.ts";
import type { Stores } from "./stores.ts";
import type { ThreadRow } from "./thread-store.ts";

const PARTICIPANTS_MAX = 20;
/** Who takes part is looked for in so many answers. */
const ANSWERS_LOOKED_AT = 200;
/** A thread of long messages ends before it is too large for one answer. */
const BODIES_MAX_LENGTH = 8_000_000;
/** With a query, how many matches are looked at in one go, and how often for one page. */
const MATCHES = 300;
const ROUNDS = 10;

export interface ThreadQuery {
  filter: Filter;
  /** Null takes all. */
  isUnanswered: boolean | null;
  /** Only what is older than this message. */
  before: number;
  limit: number;
}

export function listThreads(stores: Stores, query: ThreadQuery): ThreadPage {
  if (!isEverything(query.filter)) return listMatches(stores, query);
  const { isUnanswered, before, limit } = query;
  const rows = stores.threads.page(isUnanswered, before, limit + 1);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: summarise(stores, items),
    ...(rows.length > limit && last !== undefined ? { nextCursor: String(last.last) } : {}),
  };
}

/** Threads by their newest match. A page may be short, or empty, and have a next one: it looks at so many matches only. */
function listMatches(stores: Stores, { filter, isUnanswered, before, limit }: ThreadQuery): ThreadPage {
  const { history, threads } = stores;
  const found: ThreadRow[] = [];
  const seen = new Set<number>();
  let cursor = before;
  for (let round = 0; round < ROUNDS; round++) {
    const ids = history.search(filter, cursor, MATCHES);
    const threadOf = threads.threadsOf(ids);
    const fresh = [...new Set(threadOf.values())].filter((root) => !seen.has(root));
    // On a later page: a newer match has put the thread on an earlier one.
    const isFirst = before === Number.MAX_SAFE_INTEGER;
    const told = isFirst ? new Set<number>() : history.threadsWith(filter, before, fresh);
    const rows = new Map(threads.findAll(fresh.filter((root) => !told.has(root))).map((row) => [row.root, row]));
    for (const id of ids) {
      const root = threadOf.get(id) as number;
      const row = rows.get(root);
      if (!seen.has(root) && row !== undefined && (isUnanswered === null || row.unanswered > 0 === isUnanswered)) {
        if (found.length === limit) return { items: summarise(stores, found), nextCursor: String(cursor) };
        found.push(row);
      }
      seen.add(root);
      cursor = id;
    }
    if (ids.length < MATCHES) return { items: summarise(stores, found) };
  }
  return { items: summarise(stores, found), nextCursor: String(cursor) };
}

function summarise({ history, threads, names }: Stores, rows: readonly ThreadRow[]): ThreadSummary[] {
  const firsts = rows.map((row) => threads.firstOf(row.root));
  const messages = new Map(
    history.rows([...new Set([...firsts, ...rows.map((row) => row.last)])]).map((row) => [row.id, row]),
  );
  return rows.flatMap((row, index) => {
    const first = messages.get(firsts[index] as number);
    const newest = messages.get(row.last);
    // Forgotten in this moment.
    if (first === undefined || newest === undefined) return [];
    const [root, last] = [toRecord(first), toRecord(newest)];
    const others = row.messages > 2 ? threads.namesIn(row.root, ANSWERS_LOOKED_AT) : [];
    const parties = [
      root.from,
      root.to,
      ...others.flatMap((pair) => [pair.sender, pair.recipient].map(nameOf)),
      last.from,
      last.to,
    ];
    return {
      rootId: root.messageId,
      root,
      last,
      messages: row.messages,
      participants: [...new Set(parties)].filter(isInstanceId).slice(0, PARTICIPANTS_MAX),
      isUnanswered: row.unanswered > 0,
    };
  });

  function nameOf(id: number): string {
    return names.nameOf(id);
  }
}

/** Null for a message that history does not have. */
export function readThread({ history, threads }: Stores, messageId: string): Thread | null {
  const place = threads.locate(messageId) ?? threads.locate(history.keyOf(messageId));
  if (place === undefined) return null;
  const { id, thread } = place;
  const first = threads.firstOf(thread);
  const { before, from } = threads.around(thread, id, THREAD_MAX_MESSAGES);
  const ids = nearest(before, from, first);
  const rows = cut(history.rows(ids), id, first);
  const root = rows.find((row) => row.id === first);
  // What came late may be older than what came before it.
  const items = rows.toSorted((a, b) => a.at - b.at || a.id - b.id).map(toRecord);
  const isWhole = before.length + from.length < THREAD_MAX_MESSAGES && rows.length === ids.length;
  return { rootId: root === undefined ? messageId : toRecord(root).messageId, items, truncated: !isWhole };
}

/** The first message, and the others nearest to the one that was asked for. */
function nearest(before: readonly number[], from: readonly number[], first: number): number[] {
  const room = THREAD_MAX_MESSAGES - 1;
  const later = from.slice(0, Math.max(Math.ceil(room / 2), room - before.length));
  return [...new Set([first, ...before.slice(0, room - later.length), ...later])].sort((a, b) => a - b);
}

/** Leaves out the newest, and of those before the message asked for the oldest, until the texts fit. */
function cut(rows: HistoryRow[], id: number, first: number): HistoryRow[] {
  let length = rows.reduce((sum, row) => sum + row.body.length, 0);
  const kept = [...rows];
  while (length > BODIES_MAX_LENGTH && kept.length > 1) {
    const newest = kept.at(-1) as HistoryRow;
    const [gone] = newest.id > id ? kept.splice(-1) : kept.splice(kept[0]?.id === first ? 1 : 0, 1);
    length -= gone?.body.length ?? 0;
    if (gone?.id === id) break;
  }
  return kept;
}
