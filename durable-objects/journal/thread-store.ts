/**
 * Threads on disk: a message and all that answers it. Which thread a message is in stands in its row; a row a thread tells
 * its newest message and how many there are, so that a list needs to look at nothing else.
 */

/** What was answered, as far as threads care. */
export interface Answered {
  id: number;
  at: number;
  type: string;
  /** Null for one that answers nothing. */
  thread: number | null;
  /** A task or question without an answer. */
  isUnanswered: boolean;
  /** A publication or broadcast. */
  isWhole: boolean;
}

/** What changes of a thread. */
export interface ThreadChange {
  last: number;
  messages: number;
  unanswered: number;
}

export interface ThreadRow {
  /** The id of the message that began it, which history may have forgotten. */
  root: number;
  last: number;
  messages: number;
  unanswered: number;
}

type Sql<T> = T & Record<string, SqlStorageValue>;

const COLUMNS = "root, last, messages, unanswered";
const IS_UNANSWERED = "(answered_at IS NULL AND type IN ('task', 'question'))";

export class ThreadStore {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  // ---- as history is made

  findAnswered(messageId: string): Answered | undefined {
    const row = this.#sql
      .exec<{ id: number; at: number; type: string; thread: number | null; open: number; whole: number }>(
        `SELECT id, at, type, thread, ${IS_UNANSWERED} AS open, delivered IS NOT NULL AS whole
         FROM messages WHERE message_id = ?`,
        messageId,
      )
      .toArray()[0];
    if (row === undefined) return undefined;
    const { id, at, type, thread, open, whole } = row;
    return { id, at, type, thread, isUnanswered: open === 1, isWhole: whole === 1 };
  }

  setAnswered(id: number, at: number): void {
    this.#sql.exec("UPDATE messages SET answered_at = ? WHERE id = ?", at, id);
  }

  setThread(id: number, thread: number): void {
    this.#sql.exec("UPDATE messages SET thread = ? WHERE id = ?", thread, id);
  }

  /** A publication becomes a thread when somebody answers it. */
  begin(root: number): void {
    this.#sql.exec(
      `INSERT INTO threads SELECT id, id, 1, ${IS_UNANSWERED} FROM messages WHERE id = ? ON CONFLICT DO NOTHING`,
      root,
    );
  }

  add(changes: ReadonlyMap<number, ThreadChange>): void {
    if (changes.size === 0) return;
    this.#sql.exec(
      `INSERT INTO threads SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each(?) WHERE true
       ON CONFLICT (root) DO UPDATE SET last = max(last, excluded.last), messages = messages + excluded.messages,
         unanswered = unanswered + excluded.unanswered`,
      JSON.stringify([...changes].map(([root, c]) => [root, c.last, c.messages, c.unanswered])),
    );
  }

  addOrphan(replyTo: string, id: number): void {
    this.#sql.exec("INSERT INTO orphans VALUES (?, ?) ON CONFLICT DO NOTHING", replyTo, id);
  }

  /** Takes out the answers to any of these that came before what they answer. */
  takeOrphans(messageIds: readonly string[]): { replyTo: string; id: number; at: number; type: string }[] {
    if (messageIds.length === 0) return [];
    const ids = JSON.stringify(messageIds);
    const orphans = this.#sql
      .exec<{ replyTo: string; id: number; at: number; type: string }>(
        `SELECT o.reply_to AS replyTo, o.id, m.at, m.type FROM orphans o JOIN messages m ON m.id = o.id
         WHERE o.reply_to IN (SELECT value FROM json_each(?))`,
        ids,
      )
      .toArray();
    if (orphans.length > 0) {
      this.#sql.exec("DELETE FROM orphans WHERE reply_to IN (SELECT value FROM json_each(?))", ids);
    }
    return orphans;
  }

  /** Makes a thread a part of another; returns what that adds to the other. */
  merge(from: number, to: number): ThreadChange {
    this.begin(from);
    const row = this.#sql.exec<Sql<ThreadRow>>("DELETE FROM threads WHERE root = ? RETURNING *", from).one();
    this.#sql.exec("UPDATE messages SET thread = ?1 WHERE thread = ?2", to, from);
    this.#sql.exec("UPDATE messages SET thread = ?1 WHERE id = ?2", to, from);
    return row;
  }

  // ---- what is asked

  /** The newest below a message id. `isUnanswered` null takes all. */
  page(isUnanswered: boolean | null, before: number, limit: number): ThreadRow[] {
    const isOpen = (value: 0 | 1) => `WHERE (unanswered > 0) = ${value} AND last < ?1`;
    const order = "ORDER BY last DESC LIMIT ?2";
    if (isUnanswered !== null) return this.#rows(`${isOpen(isUnanswered ? 1 : 0)} ${order}`, before, limit);
    // Both halves of the one index, merged as they are read: an index of its own would cost every message more.
    return this.#rows(`${isOpen(0)} UNION ALL SELECT ${COLUMNS} FROM threads ${isOpen(1)} ${order}`, before, limit);
  }

  /** Tasks and questions without an answer, over all threads. */
  countUnanswered(): number {
    const sum = "SELECT coalesce(sum(unanswered), 0) AS n FROM threads WHERE (unanswered > 0) = 1";
    return this.#sql.exec<{ n: number }>(sum).one().n;
  }

  findAll(roots: readonly number[]): ThreadRow[] {
    return this.#rows("WHERE root IN (SELECT value FROM json_each(?))", JSON.stringify(roots));
  }

  /** The thread that each of these messages is in. */
  threadsOf(ids: readonly number[]): Map<number, number> {
    const rows = this.#sql.exec<{ id: number; thread: number }>(
      "SELECT id, coalesce(thread, id) AS thread FROM messages WHERE id IN (SELECT value FROM json_each(?))",
      JSON.stringify(ids),
    );
    return new Map([...rows].map(({ id, thread }) => [id, thread]));
  }

  /** The place of a message: its id and its thread. */
  locate(messageId: string): { id: number; thread: number } | undefined {
    return this.#sql
      .exec<{ id: number; thread: number }>(
        "SELECT id, coalesce(thread, id) AS thread FROM messages WHERE message_id = ?",
        messageId,
      )
      .toArray()[0];
  }

  /** The oldest message of a thread that history still has. */
  firstOf(root: number): number {
    return this.#sql
      .exec<{ id: number }>(
        `SELECT coalesce((SELECT id FROM messages WHERE id = ?1),
           (SELECT id FROM messages WHERE thread = ?1 ORDER BY id LIMIT 1), ?1) AS id`,
        root,
      )
      .one().id;
  }

  /** Answers of a thread from a message on, and those before it, each the nearest first. */
  around(root: number, id: number, limit: number): { before: number[]; from: number[] } {
    const ids = (where: string) =>
      this.#sql
        .exec<{ id: number }>(`SELECT id FROM messages WHERE thread = ? AND ${where} LIMIT ?`, root, id, limit)
        .toArray()
        .map((row) => row.id);
    return { before: ids("id < ? ORDER BY id DESC"), from: ids("id >= ? ORDER BY id") };
  }

  /** Names of who sent and got the first answers of a thread. */
  namesIn(root: number, answers: number): { sender: number; recipient: number }[] {
    return this.#sql
      .exec<{ sender: number; recipient: number }>(
        `SELECT DISTINCT sender, recipient FROM
           (SELECT sender, recipient FROM messages WHERE thread = ? ORDER BY id LIMIT ?)`,
        root,
        answers,
      )
      .toArray();
  }

  // ---- retention

  /** Messages up to this one are about to be forgotten. */
  forget(upTo: number): void {
    this.#forget("id <= ?", upTo);
  }

  /** One message is about to be deleted; its thread ends with what is left of it. */
  remove(id: number): void {
    const [row] = this.#sql.exec<{ thread: number }>(
      "SELECT coalesce(thread, id) AS thread FROM messages WHERE id = ?",
      id,
    );
    this.#forget("id = ?", id);
    this.#sql.exec(
      `UPDATE threads SET last = coalesce(
         (SELECT max(id) FROM messages WHERE (thread = ?1 OR id = ?1) AND id <> ?2), last) WHERE root = ?1`,
      row?.thread ?? id,
      id,
    );
  }

  #forget(where: "id <= ?" | "id = ?", id: number): void {
    const gone = this.#sql
      .exec<{ root: number; messages: number; unanswered: number }>(
        `SELECT coalesce(thread, id) AS root, count(*) AS messages, sum(${IS_UNANSWERED}) AS unanswered
         FROM messages WHERE ${where} GROUP BY 1`,
        id,
      )
      .toArray();
    const changes = JSON.stringify(gone.map(({ root, messages, unanswered }) => [root, messages, unanswered]));
    this.#sql.exec(
      `UPDATE threads SET messages = messages - (j.value ->> 1), unanswered = unanswered - (j.value ->> 2)
       FROM jsonb_each(?) AS j WHERE threads.root = j.value ->> 0`,
      changes,
    );
    this.#sql.exec(
      "DELETE FROM threads WHERE messages <= 0 AND root IN (SELECT value ->> 0 FROM jsonb_each(?))",
      changes,
    );
    this.#sql.exec(`DELETE FROM orphans WHERE ${where}`, id);
  }

  #rows(where: string, ...bindings: (string | number)[]): ThreadRow[] {
    return this.#sql.exec<Sql<ThreadRow>>(`SELECT ${COLUMNS} FROM threads ${where}`, ...bindings).toArray();
  }
}
