/** The journal's tables in SQL. Nothing else in this folder contains SQL. */
import { migrate } from "../migrate.ts";

const STEPS = [
  // stream: the events as consumers read them, one a line, many a row. outboxes: how far each source was taken in.
  `CREATE TABLE stream (
     first_cursor INTEGER PRIMARY KEY,
     last_cursor INTEGER NOT NULL,
     taken_at INTEGER NOT NULL,
     bytes INTEGER NOT NULL,
     lines TEXT NOT NULL
   ) STRICT;
   CREATE TABLE outboxes (source TEXT PRIMARY KEY, seq INTEGER NOT NULL, taken_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
];

export class JournalTables {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    migrate(storage, STEPS);
    this.#sql = storage.sql;
  }

  /** The last seq taken from a source; 0 for none. */
  takenFrom(source: string): number {
    const row = this.#sql.exec<{ seq: number }>("SELECT seq FROM outboxes WHERE source = ?", source).toArray()[0];
    return row?.seq ?? 0;
  }

  noteTaken(source: string, seq: number, now: number): void {
    this.#sql.exec(
      "INSERT INTO outboxes VALUES (?1, ?2, ?3) ON CONFLICT (source) DO UPDATE SET seq = ?2, taken_at = ?3",
      source,
      seq,
      now,
    );
  }
}
