/** Minted keys in SQL: known by their hashes, and the instances that are connected with them. */
import type { KeyInfo, Scope } from "../../shared/keys.ts";
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
}

const COLUMNS = "id, name, scope, pattern, created_at, last_used_at";

export class KeyTable {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  insert(hash: string, name: string, scope: Scope, pattern: string | null, now: number): KeyRow {
    return this.#sql
      .exec<KeyRow>(
        `INSERT INTO keys (id, hash, name, scope, pattern, created_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING ${COLUMNS}`,
        `key-${randomHex(ID_BYTES)}`,
        hash,
        name,
        scope,
        pattern,
        now,
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
    if (now - (key.last_used_at ?? 0) < LAST_USED_STEP_MS) return;
    this.#sql.exec("UPDATE keys SET last_used_at = ? WHERE id = ?", now, key.id);
  }

  /** Returns whether there was one. */
  delete(id: string): boolean {
    return this.#sql.exec("DELETE FROM keys WHERE id = ?", id).rowsWritten > 0;
  }

  /** Remembers which minted key an instance is connected with; null for none. */
  noteConnection(instanceId: string, keyId: string | null): void {
    if (keyId === null) {
      this.#sql.exec("DELETE FROM key_connections WHERE instance_id = ?", instanceId);
      return;
    }
    this.#sql.exec(
      "INSERT INTO key_connections (instance_id, key_id) VALUES (?, ?) ON CONFLICT DO UPDATE SET key_id = excluded.key_id",
      instanceId,
      keyId,
    );
  }

  /** The minted key that an instance last connected with, or null. */
  keyOf(instanceId: string): string | null {
    const rows = this.#sql.exec<{ id: string }>(
      "SELECT key_id AS id FROM key_connections WHERE instance_id = ?",
      instanceId,
    );
    return rows.toArray()[0]?.id ?? null;
  }

  /** Everyone who last connected with a key, online or not. */
  listConnected(keyId: string): string[] {
    const rows = this.#sql.exec<{ id: string }>(
      "SELECT instance_id AS id FROM key_connections WHERE key_id = ?",
      keyId,
    );
    return [...rows].map((row) => row.id);
  }
}

export function toKeyInfo(row: KeyRow): KeyInfo {
  return {
    id: row.id,
    name: row.name,
    scope: row.scope,
    ...(row.pattern === null ? {} : { pattern: row.pattern }),
    createdAt: new Date(row.created_at).toISOString(),
    ...(row.last_used_at === null ? {} : { lastUsedAt: new Date(row.last_used_at).toISOString() }),
  };
}
