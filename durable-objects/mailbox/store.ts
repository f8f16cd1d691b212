/**
 * A mailbox's tables in SQL; nothing else in this folder contains SQL. A row of `messages` is owed an ack or ended without
 * one (a dead letter). What was acked moves to the archive: many messages a row, found by id, since it is read rarely and
 * written all the time.
 */
import type { DeliveryState } from "../../shared/message.ts";
import { migrate } from "../migrate.ts";
import { readSegment, writeSegment } from "./archive.ts";
import { type HighestIds, SORTED_END } from "./recent-ids.ts";

/** Stored as numbers, so that states compare: below `acked` a message is open, the queue owes it an ack. */
export const State = { queued: 0, delivered: 1, acked: 2, seen: 3, expired: 4, dead: 5, removed: 6 } as const;
export type State = (typeof State)[keyof typeof State];
/** By number. */
export const STATE_NAMES = Object.keys(State) as DeliveryState[];

const STEPS = [
  `CREATE TABLE messages (
     seq INTEGER PRIMARY KEY,
     message_id TEXT NOT NULL UNIQUE,
     sender TEXT NOT NULL,
     body TEXT NOT NULL,
     bytes INTEGER NOT NULL,
     log_position INTEGER NOT NULL,
     state INTEGER NOT NULL,
     attempts INTEGER NOT NULL,
     epoch INTEGER NOT NULL,
     lease_until INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     queued_at INTEGER NOT NULL,
     delivered_at INTEGER NOT NULL,
     ended_at INTEGER,
     reason TEXT
   ) STRICT;
   CREATE INDEX open_messages ON messages (state, seq) WHERE state < 2;
   CREATE INDEX open_expiries ON messages (expires_at) WHERE state < 2;
   CREATE TABLE archive (
     segment INTEGER PRIMARY KEY,
     last_seq INTEGER NOT NULL,
     archived_at INTEGER NOT NULL,
     lines TEXT NOT NULL
   ) STRICT;
   CREATE TABLE archive_ids (message_id TEXT PRIMARY KEY, segment INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE seen (message_id TEXT PRIMARY KEY, seen_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE sent (
     message_id TEXT PRIMARY KEY,
     recipient TEXT NOT NULL,
     sent_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  "CREATE INDEX dead_letters ON messages (ended_at) WHERE state >= 4;",
  // Segments without texts from here on: older code, which cannot read them, is kept from trying.
  "SELECT 1;",
];

const COLUMNS = `seq, message_id AS messageId, sender, body, bytes, log_position AS logPosition, state, attempts, epoch,
  lease_until AS leaseUntil, expires_at AS expiresAt, queued_at AS queuedAt, delivered_at AS deliveredAt,
  0 AS ackedAt, 0 AS seenAt, ended_at AS endedAt, reason`;

/** One message of this mailbox. Times in epoch ms, 0 where it has not come to that; `epoch` 0 until first written. */
export interface Row {
  seq: number;
  messageId: string;
  sender: string;
  /** The message as JSON; "" for one of the archive, which keeps a digest of it. */
  body: string;
  digest: string | null;
  bytes: number;
  logPosition: number;
  state: State;
  attempts: number;
  epoch: number;
  leaseUntil: number;
  expiresAt: number;
  queuedAt: number;
  deliveredAt: number;
  ackedAt: number;
  seenAt: number;
  endedAt: number | null;
  reason: string | null;
}

/** A message this instance sent, and to whom. */
export interface SentRow {
  messageId: string;
  recipient: string;
  sentAt: number;
}

type StoredRow = Omit<Row, "digest">;
type Sql<T> = T & Record<string, SqlStorageValue>;

const LAST_SEQ_KEY = "lastSeq";
const UNTOLD_KEY = "untoldSince";

export class MailboxStore {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    migrate(storage, STEPS);
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  /** All or nothing. */
  transaction(work: () => void): void {
    this.#storage.transactionSync(work);
  }

  // ---- open messages and dead letters

  insert(rows: readonly Row[]): void {
    // A statement per row beats one over json_each here: `->>` would parse each row's JSON once per column.
    for (const r of rows) {
      this.#sql.exec(
        `INSERT INTO messages (seq, message_id, sender, body, bytes, log_position, state, attempts, epoch, lease_until,
           expires_at, queued_at, delivered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        r.seq,
        r.messageId,
        r.sender,
        r.body,
        r.bytes,
        r.logPosition,
        r.state,
        r.attempts,
        r.epoch,
        r.leaseUntil,
        r.expiresAt,
        r.queuedAt,
        r.deliveredAt,
      );
    }
  }

  /** The highest seq ever given. */
  lastSeq(): number {
    const { seq } = this.#sql
      .exec<{ seq: number }>(
        `SELECT max(coalesce((SELECT max(seq) FROM messages), 0),
           coalesce((SELECT last_seq FROM archive ORDER BY segment DESC LIMIT 1), 0)) AS seq`,
      )
      .one();
    return Math.max(seq, this.#storage.kv.get<number>(LAST_SEQ_KEY) ?? 0);
  }

  /** What the queue still owes: how many messages and bytes, and how many of them were never written. */
  openTotals(): { count: number; bytes: number; queued: number } {
    return this.#sql
      .exec<{ count: number; bytes: number; queued: number }>(
        `SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes,
           coalesce(sum(state = ${State.queued}), 0) AS queued FROM messages WHERE state < 2`,
      )
      .one();
  }

  nextExpiry(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT min(expires_at) AS at FROM messages WHERE state < 2").one().at;
  }

  /** Written once at least and not acked, in order. */
  listDelivered(): Row[] {
    return this.#rows(`WHERE state < 2 AND state = ${State.delivered} ORDER BY seq`);
  }

  /** Never written, in order. */
  listQueued(limit: number): Row[] {
    return this.#rows(`WHERE state < 2 AND state = ${State.queued} ORDER BY seq LIMIT ?`, limit);
  }

  /** Not acked, in order of arrival, behind a seq. */
  listOpen(limit: number, after = 0): Row[] {
    return this.#rows("WHERE state < 2 AND seq > ? ORDER BY seq LIMIT ?", after, limit);
  }

  listOpenAmong(messageIds: readonly string[]): Row[] {
    return this.#rows("WHERE state < 2 AND message_id IN (SELECT value FROM json_each(?))", JSON.stringify(messageIds));
  }

  listExpired(now: number): Row[] {
    return this.#rows("WHERE state < 2 AND expires_at <= ? ORDER BY seq", now);
  }

  /** Leases messages to a connection: one attempt more. */
  markDelivered(seqs: readonly number[], epoch: number, now: number, leaseUntil: number): void {
    this.#sql.exec(
      `UPDATE messages SET state = ${State.delivered}, attempts = attempts + 1, epoch = ?1, lease_until = ?2,
         delivered_at = CASE delivered_at WHEN 0 THEN ?3 ELSE delivered_at END
       WHERE seq IN (SELECT value FROM json_each(?4))`,
      epoch,
      leaseUntil,
      now,
      JSON.stringify(seqs),
    );
  }

  /** Ends messages without an ack: they are dead letters from here on. */
  markEnded(seqs: readonly number[], state: State, at: number, reason: string): void {
    this.#sql.exec(
      "UPDATE messages SET state = ?, ended_at = ?, reason = ? WHERE seq IN (SELECT value FROM json_each(?))",
      state,
      at,
      reason,
      JSON.stringify(seqs),
    );
  }

  countDead(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM messages WHERE state >= 4").one().n;
  }

  /** The newest first. */
  listDead(limit: number): Row[] {
    return this.#rows("WHERE state >= 4 ORDER BY ended_at DESC, seq DESC LIMIT ?", limit);
  }

  findDead(messageId: string): Row | undefined {
    return this.#rows("WHERE state >= 4 AND message_id = ?", messageId)[0];
  }

  /** Makes a dead letter a message that was never written, at the end of the queue. */
  requeue(row: Pick<Row, "messageId" | "seq" | "body" | "bytes" | "expiresAt">): void {
    this.#sql.exec(
      `UPDATE messages SET seq = ?, body = ?, bytes = ?, expires_at = ?, state = ${State.queued}, epoch = 0,
         lease_until = 0, delivered_at = 0, ended_at = NULL, reason = NULL WHERE message_id = ?`,
      row.seq,
      row.body,
      row.bytes,
      row.expiresAt,
      row.messageId,
    );
  }

  delete(seqs: readonly number[]): void {
    this.#sql.exec("DELETE FROM messages WHERE seq IN (SELECT value FROM json_each(?))", JSON.stringify(seqs));
  }

  // ---- the archive

  archive(rows: readonly Row[], now: number): void {
    const lastSeq = rows.reduce((seq, row) => Math.max(seq, row.seq), 0);
    const { segment } = this.#sql
      .exec<{ segment: number }>(
        `INSERT INTO archive (last_seq, archived_at, lines)
         VALUES (max(?, coalesce((SELECT last_seq FROM archive ORDER BY segment DESC LIMIT 1), 0)), ?, ?) RETURNING segment`,
        lastSeq,
        now,
        writeSegment(rows),
      )
      .one();
    this.#sql.exec(
      "INSERT INTO archive_ids (message_id, segment) SELECT value, ? FROM json_each(?)",
      segment,
      JSON.stringify(rows.map((row) => row.messageId)),
    );
  }

  /** Those of these ids that are here, whatever became of them. */
  findIds(messageIds: readonly string[]): Set<string> {
    const ids = JSON.stringify(messageIds);
    const rows = this.#sql.exec<{ id: string }>(
      `SELECT message_id AS id FROM messages WHERE message_id IN (SELECT value FROM json_each(?1))
       UNION ALL SELECT message_id FROM archive_ids WHERE message_id IN (SELECT value FROM json_each(?1))`,
      ids,
    );
    return new Set([...rows].map((row) => row.id));
  }

  /** The greatest ids of the messages here. */
  highestIds(): HighestIds {
    const [open, archived] = [this.#highestIdsOf("messages"), this.#highestIdsOf("archive_ids")];
    return {
      sorted: open.sorted > archived.sorted ? open.sorted : archived.sorted,
      other: open.other > archived.other ? open.other : archived.other,
    };
  }

  find(messageId: string): Row | undefined {
    return this.#rows("WHERE message_id = ?", messageId)[0] ?? this.findArchived([messageId])[0];
  }

  /** The same for many. */
  findAll(messageIds: readonly string[]): Row[] {
    const rows = this.#rows("WHERE message_id IN (SELECT value FROM json_each(?))", JSON.stringify(messageIds));
    return [...rows, ...this.findArchived(messageIds)];
  }

  findArchived(messageIds: readonly string[]): Row[] {
    const wanted = new Set(messageIds);
    const segments = this.#sql.exec<{ lines: string }>(
      `SELECT lines FROM archive WHERE segment IN
         (SELECT segment FROM archive_ids WHERE message_id IN (SELECT value FROM json_each(?)))`,
      JSON.stringify(messageIds),
    );
    return this.#withSeen(
      [...segments].flatMap(({ lines }) => readSegment(lines).filter((row) => wanted.has(row.messageId))),
    );
  }

  /** Acked and not seen, given to this connection with a seq in (`after`, `upTo`]. */
  listAcked(epoch: number, after: number, upTo: number): Row[] {
    const found: Row[] = [];
    const segments = this.#sql.exec<{ last_seq: number; lines: string }>(
      "SELECT last_seq, lines FROM archive ORDER BY segment DESC",
    );
    for (const { last_seq, lines } of segments) {
      if (last_seq <= after) break;
      const rows = readSegment(lines);
      if (rows.every((row) => row.epoch < epoch)) break;
      found.push(...rows.filter((row) => row.epoch === epoch && row.seq > after && row.seq <= upTo));
    }
    return this.#withSeen(found).filter((row) => row.state === State.acked);
  }

  markSeen(messageIds: readonly string[], at: number): void {
    this.#sql.exec(
      "INSERT INTO seen (message_id, seen_at) SELECT value, ? FROM json_each(?) WHERE true ON CONFLICT DO NOTHING",
      at,
      JSON.stringify(messageIds),
    );
  }

  // ---- what the journal is told

  untoldSince(): number | null {
    return this.#storage.kv.get<number>(UNTOLD_KEY) ?? null;
  }

  setUntoldSince(at: number | null): void {
    if (at === null) this.#storage.kv.delete(UNTOLD_KEY);
    else this.#storage.kv.put(UNTOLD_KEY, at);
  }

  /** Messages whose state changed at a time or later, those seen since among them. */
  listChanged(since: number): Row[] {
    const segments = this.#sql.exec<{ lines: string }>("SELECT lines FROM archive WHERE archived_at >= ?", since);
    const seen = this.#sql.exec<{ id: string }>("SELECT message_id AS id FROM seen WHERE seen_at >= ?", since);
    const archived = this.#withSeen([...segments].flatMap(({ lines }) => readSegment(lines)));
    const known = new Set(archived.map((row) => row.messageId));
    return [
      ...this.#rows("WHERE delivered_at >= ?1 OR ended_at >= ?1 ORDER BY seq", since),
      ...archived,
      ...this.findArchived([...seen].map((row) => row.id).filter((id) => !known.has(id))),
    ];
  }

  // ---- what this instance sent

  insertSent(rows: readonly SentRow[]): void {
    this.#sql.exec(
      `INSERT INTO sent (message_id, recipient, sent_at)
       SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`,
      JSON.stringify(rows.map((row) => [row.messageId, row.recipient, row.sentAt])),
    );
  }

  highestSentIds(): HighestIds {
    return this.#highestIdsOf("sent");
  }

  findSent(messageIds: readonly string[]): { messageId: string; recipient: string }[] {
    return this.#sql
      .exec<{ messageId: string; recipient: string }>(
        "SELECT message_id AS messageId, recipient FROM sent WHERE message_id IN (SELECT value FROM json_each(?))",
        JSON.stringify(messageIds),
      )
      .toArray();
  }

  /** Forgets what ended or was sent before `before`, and remembers the seqs it had. */
  purge(before: number): void {
    this.#storage.kv.put(LAST_SEQ_KEY, this.lastSeq());
    this.#sql.exec("DELETE FROM messages WHERE state >= 2 AND ended_at < ?", before);
    this.#sql.exec(
      "DELETE FROM archive_ids WHERE segment IN (SELECT segment FROM archive WHERE archived_at < ?)",
      before,
    );
    this.#sql.exec("DELETE FROM archive WHERE archived_at < ?", before);
    this.#sql.exec("DELETE FROM seen WHERE seen_at < ?", before);
    this.#sql.exec("DELETE FROM sent WHERE sent_at < ?", before);
  }

  #highestIdsOf(table: "messages" | "archive_ids" | "sent"): HighestIds {
    return this.#sql
      .exec<{ sorted: string; other: string }>(
        `SELECT coalesce((SELECT max(message_id) FROM ${table} WHERE message_id < ?1), '') AS sorted,
           coalesce((SELECT max(message_id) FROM ${table} WHERE message_id >= ?1), '') AS other`,
        SORTED_END,
      )
      .one();
  }

  #rows(where: string, ...bindings: (string | number)[]): Row[] {
    const rows = this.#sql.exec<Sql<StoredRow>>(`SELECT ${COLUMNS} FROM messages ${where}`, ...bindings);
    return [...rows].map((row) => ({ ...row, digest: null }));
  }

  #withSeen(rows: Row[]): Row[] {
    if (rows.length === 0) return rows;
    const seen = this.#sql.exec<{ id: string; at: number }>(
      "SELECT message_id AS id, seen_at AS at FROM seen WHERE message_id IN (SELECT value FROM json_each(?))",
      JSON.stringify(rows.map((row) => row.messageId)),
    );
    const seenAt = new Map([...seen].map(({ id, at }) => [id, at]));
    for (const row of rows) {
      const at = seenAt.get(row.messageId);
      if (at !== undefined) Object.assign(row, { state: State.seen, seenAt: at });
    }
    return rows;
  }
}
