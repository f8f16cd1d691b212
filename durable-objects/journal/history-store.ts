/** History on disk: messages, how far each got, and their texts. All of it is made from the stream. */

import type { DeliveryState, Message } from "../../shared/message.ts";
import { DELIVERY_STATES } from "../../shared/message.ts";
import type { Filter } from "./filter.ts";
import { forgetOldest, removeMessage } from "./forget-messages.ts";
import type { Names } from "./names.ts";
import type { ThreadStore } from "./thread-store.ts";
import { Twins } from "./twins.ts";
import { toIndexed } from "./unspaced.ts";

/** A message as it enters history. `counts` are those of a publication, null for a direct message. */
export interface NewMessage {
  /** The cursor of its event. */
  id: number;
  /** The message that it answers in the end; null for one that answers nothing. */
  thread: number | null;
  message: Message;
  body: string;
  counts: { delivered: number; queued: number } | null;
}

/** What is known of one delivery so far, or anew. Times in epoch ms. */
export interface Delivery {
  /** The cursor of the first event of it. */
  id: number;
  messageId: string;
  state: number;
  changedAt: number;
  deliveredAt: number | null;
  ackedAt: number | null;
  seenAt: number | null;
  endedAt: number | null;
}

/** A message as a page shows it. */
export interface HistoryRow extends Omit<Delivery, "messageId" | "state"> {
  at: number;
  body: string;
  state: number | null;
  answeredAt: number | null;
  delivered: number | null;
  queued: number | null;
}

type Sql<T> = T & Record<string, SqlStorageValue>;

const HISTORY_COLUMNS = `m.id, m.at, b.body, m.answered_at AS answeredAt, m.delivered, m.queued, d.state,
  d.changed_at AS changedAt, d.delivered_at AS deliveredAt, d.acked_at AS ackedAt, d.seen_at AS seenAt,
  d.ended_at AS endedAt`;
const HISTORY_TABLES = `messages m JOIN bodies b ON b.id = m.id LEFT JOIN deliveries d ON d.message_id = m.message_id`;

const RECENT_MESSAGES = 5_000;

export class HistoryStore {
  readonly #sql: SqlStorage;
  readonly #names: Names;
  readonly #threads: ThreadStore;
  readonly #twins: Twins;

  constructor(storage: DurableObjectStorage, names: Names, threads: ThreadStore) {
    this.#sql = storage.sql;
    this.#names = names;
    this.#threads = threads;
    this.#twins = new Twins(storage.sql, names);
  }

  /** Takes a message in unless it is known. Returns the key under which it is kept; null for a known one. */
  insert(message: NewMessage): string | null {
    const { messageId } = message.message;
    if (this.#insert(message, messageId)) {
      this.#twins.forget(messageId);
      return messageId;
    }
    if (this.#twins.isKnown(message)) return null;
    const key = this.#twins.add(messageId, message.id);
    return this.#insert(message, key) ? key : null;
  }

  #insert({ id, thread, message, body, counts }: NewMessage, key: string): boolean {
    const { rowsWritten } = this.#sql.exec(
      `INSERT INTO messages (id, message_id, at, sender, recipient, type, topic, role, sender_role, delivered, queued, thread)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      id,
      key,
      Date.parse(message.timestamp),
      this.#names.idOf(message.from),
      this.#names.idOf(message.to),
      message.type,
      this.#idOrNull(message.topicName),
      this.#idOrNull(message.role ?? message.anyOf),
      this.#idOrNull(message.fromRole),
      counts?.delivered ?? null,
      counts?.queued ?? null,
      thread,
    );
    if (rowsWritten === 0) return false;
    this.#sql.exec("INSERT INTO bodies VALUES (?, ?)", id, body);
    this.#sql.exec("INSERT INTO texts (rowid, content) VALUES (?, ?)", id, toIndexed(message.content));
    return true;
  }

  /**
   * Adds what is new of deliveries, each of which stands here once. Their state is the one that was told last: lines come in
   * the order in which they became true, also where the clock went back. Each time is kept from the first that told it, but
   * for that of an end, which a retry takes back.
   */
  upsertDeliveries(deliveries: readonly Delivery[]): void {
    const rows = deliveries.map((d) => [
      d.id,
      d.messageId,
      d.state,
      d.changedAt,
      d.deliveredAt,
      d.ackedAt,
      d.seenAt,
      d.endedAt,
    ]);
    this.#sql.exec(
      `INSERT INTO deliveries SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
         value ->> 6, value ->> 7 FROM jsonb_each(?) WHERE true
       ON CONFLICT (message_id) DO UPDATE SET
         state = excluded.state, changed_at = excluded.changed_at,
         delivered_at = coalesce(delivered_at, excluded.delivered_at),
         acked_at = coalesce(acked_at, excluded.acked_at),
         seen_at = coalesce(seen_at, excluded.seen_at),
         ended_at = iif(excluded.state < ${FIRST_END}, NULL, coalesce(excluded.ended_at, ended_at))`,
      JSON.stringify(rows),
    );
  }

  /** Puts a text into the full-text index in the place of what stands there. */
  indexAnew(id: number, content: string): void {
    this.#sql.exec("DELETE FROM texts WHERE rowid = ?", id);
    this.#sql.exec("INSERT INTO texts (rowid, content) VALUES (?, ?)", id, toIndexed(content));
  }

  /** The next bodies after one, up to another, the oldest first. */
  bodiesAfter(id: number, last: number, limit: number): { id: number; body: string }[] {
    return this.#sql
      .exec<{ id: number; body: string }>(
        "SELECT id, body FROM bodies WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
        id,
        last,
        limit,
      )
      .toArray();
  }

  findDeliveries(messageIds: readonly string[]): Delivery[] {
    return this.#sql
      .exec<Sql<Delivery>>(
        `SELECT id, message_id AS messageId, state, changed_at AS changedAt, delivered_at AS deliveredAt,
           acked_at AS ackedAt, seen_at AS seenAt, ended_at AS endedAt
         FROM deliveries WHERE message_id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(messageIds),
      )
      .toArray();
  }

  /** Every message that came under an id, the oldest first. */
  find(messageId: string): HistoryRow[] {
    return this.rows(this.#twins.find(messageId).map(({ id }) => id));
  }

  /** The key of what came last under an id: states are told of that. */
  keyOf(messageId: string): string {
    return this.#twins.newest(messageId);
  }

  /** The key of what an instance got under an id. */
  keyOfGot(messageId: string, instanceId: string): string {
    if (this.#twins.newest(messageId) === messageId) return messageId;
    const got = this.#twins.find(messageId).find(({ recipient }) => recipient === this.#names.find(instanceId));
    return got?.key ?? messageId;
  }

  /** Forgets what a sender sent under an id. Returns the ids of the rows. */
  remove(messageId: string, from: string): number[] {
    const gone = this.#twins.find(messageId).filter(({ sender }) => sender === this.#names.find(from));
    for (const message of gone) removeMessage(this.#sql, this.#threads, message);
    return gone.map(({ id }) => id);
  }

  /** The newest messages below an id that a filter lets through. */
  page(filter: Filter, before: number, limit: number): HistoryRow[] {
    return this.rows(this.search(filter, before, limit)).reverse();
  }

  /** Their ids, the newest first. */
  search({ match, where, bindings }: Filter, before: number, limit: number): number[] {
    // Where words are sought, their index leads: it yields the newest first, so a page reads no more than it needs.
    const from = match === null ? "messages m" : "texts CROSS JOIN messages m ON m.id = texts.rowid";
    const key = match === null ? "m.id" : "texts.rowid";
    const conditions = [`${key} < ?`, ...(match === null ? [] : ["texts MATCH ?"]), ...where];
    return this.#numbers(
      `SELECT ${key} AS n FROM ${from} WHERE ${conditions.join(" AND ")} ORDER BY ${key} DESC LIMIT ?`,
      before,
      ...(match === null ? [] : [match]),
      ...bindings,
      limit,
    );
  }

  /** Of these threads, those in which a filter lets a message from an id on through. */
  threadsWith({ match, where, bindings }: Filter, from: number, threads: readonly number[]): Set<number> {
    const conditions = [
      "m.id >= ?1 AND (m.thread IN (SELECT value FROM json_each(?2)) OR m.id IN (SELECT value FROM json_each(?2)))",
      ...(match === null ? [] : ["m.id IN (SELECT rowid FROM texts WHERE texts MATCH ?)"]),
      ...where,
    ];
    return new Set(
      this.#numbers(
        `SELECT DISTINCT coalesce(m.thread, m.id) AS n FROM messages m WHERE ${conditions.join(" AND ")}`,
        from,
        JSON.stringify(threads),
        ...(match === null ? [] : [match]),
        ...bindings,
      ),
    );
  }

  /** Messages as pages show them, the oldest first. */
  rows(ids: readonly number[]): HistoryRow[] {
    return this.#sql
      .exec<Sql<HistoryRow>>(
        `SELECT ${HISTORY_COLUMNS} FROM ${HISTORY_TABLES}
         WHERE m.id IN (SELECT value FROM json_each(?)) ORDER BY m.id`,
        JSON.stringify(ids),
      )
      .toArray();
  }

  /** The next messages after one, up to another, the oldest first. */
  rowsAfter(id: number, last: number, limit: number): HistoryRow[] {
    return this.#sql
      .exec<Sql<HistoryRow>>(
        `SELECT ${HISTORY_COLUMNS} FROM ${HISTORY_TABLES} WHERE m.id > ? AND m.id <= ? ORDER BY m.id LIMIT ?`,
        id,
        last,
        limit,
      )
      .toArray();
  }

  /** Ids of publications and broadcasts among the newest messages, the oldest first. */
  recentWholes(): string[] {
    const rows = this.#sql.exec<{ id: string }>(
      `SELECT message_id AS id FROM
         (SELECT id, message_id, delivered FROM messages ORDER BY id DESC LIMIT ${RECENT_MESSAGES})
       WHERE delivered IS NOT NULL ORDER BY id`,
    );
    return [...rows].map((row) => row.id);
  }

  /** The newest message; 0 for none. */
  lastId(): number {
    return this.#sql.exec<{ id: number }>("SELECT coalesce(max(id), 0) AS id FROM messages").one().id;
  }

  /** Of these messages: when each was sent, its type, and whether it is known when it was delivered. */
  findSent(messageIds: readonly string[]): { messageId: string; at: number; type: string; isDelivered: boolean }[] {
    return this.#sql
      .exec<{ messageId: string; at: number; type: string; deliveredAt: number | null }>(
        `SELECT m.message_id AS messageId, m.at, m.type, d.delivered_at AS deliveredAt
         FROM messages m LEFT JOIN deliveries d ON d.message_id = m.message_id
         WHERE m.message_id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(messageIds),
      )
      .toArray()
      .map(({ messageId, at, type, deliveredAt }) => ({ messageId, at, type, isDelivered: deliveredAt !== null }));
  }

  // ---- retention

  /** Of the oldest `rows` messages and deliveries, forgets those from before a time. Returns whether there was any. */
  forgetOldest(rows: number, before: number): boolean {
    return forgetOldest(this.#sql, this.#threads, rows, before);
  }

  #numbers(query: string, ...bindings: (string | number)[]): number[] {
    return [...this.#sql.exec<{ n: number }>(query, ...bindings)].map((row) => row.n);
  }

  #idOrNull(name: string | undefined): number | null {
    return name === undefined ? null : this.#names.idOf(name);
  }
}

/** This state and those behind it are ends. */
export const FIRST_END = stateNumber("expired");

/** The state of a number that this store keeps. */
export function stateName(state: number): DeliveryState {
  return DELIVERY_STATES[state] as DeliveryState;
}

export function stateNumber(state: DeliveryState): number {
  return DELIVERY_STATES.indexOf(state);
}
