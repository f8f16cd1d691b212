/** Minted keys in SQL, known by their hashes; when keys were used, and by whom, those of the environment included. */
import type { Scope } from "../../shared/keys.ts";
import { randomHex } from "../hash.ts";

export const KEY_STEP = `CREATE TABLE keys (
     id TEXT PRIMARY KEY,
     hash TEXT NOT NULL UNIQUE,
     name TEXT NOT NULL,
     scope TEXT NOT NULL,
     pattern TEXT,
     created_at INTEGER NOT NULL,
     last_used_at INTEGER
   ) STRICT;
   CREATE TABLE key_connections (instance_id TEXT PRIMARY KEY, key_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE INDEX key_connections_by_key ON key_connections (key_id);`;

/** When keys of the environment were last used: they have no row of their own. */
export const KEY_USE_STEP =
  "CREATE TABLE admin_key_uses (key_id TEXT PRIMARY KEY, last_used_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

/** Which key made it; null for those from before the column. */
export const MINTED_BY_STEP = "ALTER TABLE keys ADD COLUMN minted_by TEXT;";

/** A key that is used all the time writes this often. */
const LAST_USED_STEP_MS = 60_000;
const ID_BYTES = 6;

/** Times in epoch ms. */
export interface KeyRow extends Record<string, SqlStorageValue> {
  id: string;
  name: string;
  scope: Scope;
  pattern: string | null;
  created_at: number;
  last_used_at: number | null;
  minted_by: string | null;
}

interface NewKeyRow {
  hash: string;
  name: string;
  scope: Scope;
  pattern: string | null;
  mintedBy: string;
}

const COLUMNS = "id, name, scope, pattern, created_at, last_used_at, minted_by";

export class KeyTable {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  insert({ hash, name, scope, pattern, mintedBy }: NewKeyRow, now: number): KeyRow {
    return this.#sql
      .exec<KeyRow>(
        `INSERT INTO keys (id, hash, name, scope, pattern, created_at, minted_by) VALUES (?, ?, ?, ?, ?, ?, ?)
         RETURNING ${COLUMNS}`,
        `key-${randomHex(ID_BYTES)}`,
        hash,
        name,
        scope,
        pattern,
        now,
        mintedBy,
      )
      .one();
  }

  list(): KeyRow[] {
    return this.#sql.exec<KeyRow>(`SELECT ${COLUMNS} FROM keys ORDER BY created_at, id`).toArray();
  }

  find(id: string): KeyRow | undefined {
    return this.#sql.exec<KeyRow>(`SELECT ${COLUMNS} FROM keys WHERE id = ?`, id).toArray()[0];
  }

  findByHash(hash: string): KeyRow | undefined {
    return this.#sql.exec<KeyRow>(`SELECT ${COLUMNS} FROM keys WHERE hash = ?`, hash).toArray()[0];
  }

  noteUse(key: KeyRow, now: number): void {
    // A clock that was set back has its say at once, too.
    if (Math.abs(now - (key.last_used_at ?? 0)) < LAST_USED_STEP_MS) return;
    this.#sql.exec("UPDATE keys SET last_used_at = ? WHERE id = ?", now, key.id);
  }

  noteAdminUse(keyId: string, now: number): void {
    this.#sql.exec(
      `INSERT INTO admin_key_uses VALUES (?1, ?2) ON CONFLICT DO UPDATE SET last_used_at = ?2
       WHERE abs(last_used_at - ?2) >= ${LAST_USED_STEP_MS}`,
      keyId,
      now,
    );
  }

  /** When keys of the environment were last used, epoch ms. */
  listAdminUses(): Map<string, number> {
    const rows = this.#sql.exec<{ id: string; at: number }>(
      "SELECT key_id AS id, last_used_at AS at FROM admin_key_uses",
    );
    return new Map([...rows].map(({ id, at }) => [id, at]));
  }

  /** A key and those that it minted, and those that they did, and so on. */
  familyOf(id: string): string[] {
    return this.#sql
      .exec<{ id: string }>(
        `WITH RECURSIVE family (id) AS (
           SELECT id FROM keys WHERE id = ? UNION SELECT keys.id FROM keys JOIN family ON keys.minted_by = family.id
         ) SELECT id FROM family`,
        id,
      )
      .toArray()
      .map((row) => row.id);
  }

  delete(id: string): void {
    this.#sql.exec("DELETE FROM keys WHERE id = ?", id);
  }
}
