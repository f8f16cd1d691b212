/** A topic's tables in SQL. Nothing else in this folder contains SQL. */
import { migrate } from "../migrate.ts";

const STEPS = [
  // pending: a publication that is not yet accepted for each of its recipients; they stand in it as JSON.
  `CREATE TABLE subscribers (instance_id TEXT PRIMARY KEY, subscribed_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE publications (
     position INTEGER PRIMARY KEY AUTOINCREMENT,
     message_id TEXT NOT NULL UNIQUE,
     body TEXT NOT NULL,
     persistent INTEGER NOT NULL,
     pending TEXT,
     published_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     delivered INTEGER NOT NULL DEFAULT 0,
     queued INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX pending_publications ON publications (position) WHERE pending IS NOT NULL;`,
];

/** One publication. Times in epoch ms. */
export interface Publication {
  position: number;
  messageId: string;
  /** The message as JSON, under the publication's own id. */
  body: string;
  persistent: 0 | 1;
  /** Recipients as a JSON array, or null when the fan-out is done. */
  pending: string | null;
  publishedAt: number;
  expiresAt: number;
  delivered: number;
  queued: number;
}

type Row = Publication & Record<string, SqlStorageValue>;
const COLUMNS = `position, message_id AS messageId, body, persistent, pending, published_at AS publishedAt,
  expires_at AS expiresAt, delivered, queued`;

export class TopicTables {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    migrate(storage, STEPS);
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  transaction(work: () => void): void {
    this.#storage.transactionSync(work);
  }

  addSubscriber(instanceId: string, now: number): boolean {
    return (
      this.#sql.exec("INSERT INTO subscribers VALUES (?, ?) ON CONFLICT DO NOTHING", instanceId, now).rowsWritten > 0
    );
  }

  removeSubscriber(instanceId: string): boolean {
    return this.#sql.exec("DELETE FROM subscribers WHERE instance_id = ?", instanceId).rowsWritten > 0;
  }

  subscribers(): string[] {
    const rows = this.#sql.exec<{ id: string }>("SELECT instance_id AS id FROM subscribers ORDER BY instance_id");
    return [...rows].map((row) => row.id);
  }

  find(messageId: string): Publication | undefined {
    return this.#sql.exec<Row>(`SELECT ${COLUMNS} FROM publications WHERE message_id = ?`, messageId).toArray()[0];
  }

  insert(publication: Omit<Publication, "position" | "delivered" | "queued">): void {
    this.#sql.exec(
      `INSERT INTO publications (message_id, body, persistent, pending, published_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)`,
      publication.messageId,
      publication.body,
      publication.persistent,
      publication.pending,
      publication.publishedAt,
      publication.expiresAt,
    );
  }

  listPending(limit: number): Publication[] {
    return this.#sql
      .exec<Row>(`SELECT ${COLUMNS} FROM publications WHERE pending IS NOT NULL ORDER BY position LIMIT ?`, limit)
      .toArray();
  }

  markDone(messageId: string, delivered: number, queued: number): void {
    this.#sql.exec(
      "UPDATE publications SET pending = NULL, delivered = ?, queued = ? WHERE message_id = ?",
      delivered,
      queued,
      messageId,
    );
  }

  /** Newest first, from below `before` on. */
  page(before: number, limit: number): Publication[] {
    return this.#sql
      .exec<Row>(`SELECT ${COLUMNS} FROM publications WHERE position < ? ORDER BY position DESC LIMIT ?`, before, limit)
      .toArray();
  }

  /** Keeps the newest `max` publications, and none published before `before`; what is pending stays. */
  trim(max: number, before: number): void {
    this.#sql.exec(
      `DELETE FROM publications WHERE pending IS NULL AND
         (published_at < ? OR position <= (SELECT max(position) FROM publications) - ?)`,
      before,
      max,
    );
  }
}
