/** Links that sign in once, in SQL: known by the hashes of their codes. */

export const LINK_STEP = `CREATE TABLE session_links (
     hash TEXT PRIMARY KEY,
     key_id TEXT NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`;

export class LinkTable {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  /** Remembers a link, and forgets those whose time is over. */
  insert(hash: string, keyId: string, expiresAt: number, now: number): void {
    this.#sql.exec("DELETE FROM session_links WHERE expires_at <= ?", now);
    this.#sql.exec("INSERT INTO session_links VALUES (?, ?, ?)", hash, keyId, expiresAt);
  }

  /** The key that a link stands for; from here on the link stands for nothing. Null for one that does not any more. */
  take(hash: string, now: number): string | null {
    const row = this.#sql
      .exec<{ key_id: string; expires_at: number }>(
        "DELETE FROM session_links WHERE hash = ? RETURNING key_id, expires_at",
        hash,
      )
      .toArray()[0];
    return row === undefined || row.expires_at <= now ? null : row.key_id;
  }
}
