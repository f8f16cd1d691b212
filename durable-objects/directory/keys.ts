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

  noteAdminUse(keyId: string, now: number): void {
    this.#sql.exec(
      `INSERT INTO admin_key_uses VALUES (?1, ?2) ON CONFLICT DO UPDATE SET last_used_at = ?2
       WHERE last_used_at <= ?2 - ${LAST_USED_STEP_MS}`,
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

  /** Returns whether there was one. */
  delete(id: string): boolean {
    return this.#sql.exec("DELETE FROM keys WHERE id = ?", id).rowsWritten > 0;
  }

  /** Remembers which key an instance is connected with; null for none. */
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

  /** The key that an instance last connected with, or null. */
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

  /** Who is online with each key, by name. */
  listOnline(): Map<string, string[]> {
    const rows = this.#sql.exec<{ key_id: string; instance_id: string }>(
      `SELECT key_id, instance_id FROM key_connections JOIN instances USING (instance_id)
       WHERE is_online = 1 ORDER BY instance_id`,
    );
    const groups = Map.groupBy(rows, (row) => row.key_id);
    return new Map([...groups].map(([keyId, group]) => [keyId, group.map((row) => row.instance_id)]));
  }
}
