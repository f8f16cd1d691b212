/** The directory's tables in SQL. Nothing else in this folder contains SQL. */
import { migrate } from "../migrate.ts";
import { DEAD_LETTER_STEP } from "./dead-letters.ts";
import { KEY_STEP, KEY_USE_STEP } from "./keys.ts";
import { LINK_STEP } from "./links.ts";

const STEPS = [
  `CREATE TABLE instances (
     instance_id TEXT PRIMARY KEY,
     partial TEXT NOT NULL,
     version INTEGER NOT NULL,
     is_online INTEGER NOT NULL,
     epoch INTEGER NOT NULL,
     role TEXT,
     identity_hash TEXT,
     successor TEXT,
     queue_depth INTEGER NOT NULL DEFAULT 0,
     connected_at INTEGER NOT NULL,
     last_seen_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX instances_by_partial ON instances (partial);
   CREATE INDEX instances_online ON instances (is_online) WHERE is_online = 1;`,
  `CREATE INDEX instances_by_role ON instances (role) WHERE role IS NOT NULL;
   CREATE TABLE topics (
     name TEXT PRIMARY KEY,
     created_at INTEGER NOT NULL,
     created_by TEXT NOT NULL,
     auto_expire INTEGER NOT NULL,
     subscriber_count INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE subscriptions (
     instance_id TEXT NOT NULL,
     topic TEXT NOT NULL,
     PRIMARY KEY (instance_id, topic)
   ) STRICT, WITHOUT ROWID;`,
  KEY_STEP,
  DEAD_LETTER_STEP,
  `${KEY_USE_STEP}
   ${LINK_STEP}`,
];

/** Times in epoch ms; `successor` is set for a retired id (A4). */
export interface InstanceRow extends Record<string, SqlStorageValue> {
  instance_id: string;
  partial: string;
  version: number;
  is_online: number;
  epoch: number;
  role: string | null;
  identity_hash: string | null;
  successor: string | null;
  queue_depth: number;
  connected_at: number;
  last_seen_at: number;
}

export class InstanceTable {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    migrate(storage, STEPS);
    this.#sql = storage.sql;
  }

  find(instanceId: string): InstanceRow | undefined {
    return this.#sql.exec<InstanceRow>("SELECT * FROM instances WHERE instance_id = ?", instanceId).toArray()[0];
  }

  /** Everyone who takes mail, by name. */
  listActive(): InstanceRow[] {
    return this.#sql
      .exec<InstanceRow>("SELECT * FROM instances WHERE successor IS NULL ORDER BY instance_id")
      .toArray();
  }

  /** Those of a partial address who take mail, the most recently connected first. */
  listByPartial(partial: string): InstanceRow[] {
    return this.#sql
      .exec<InstanceRow>(
        "SELECT * FROM instances WHERE partial = ? AND successor IS NULL ORDER BY connected_at DESC, instance_id",
        partial,
      )
      .toArray();
  }

  listOnline(): InstanceRow[] {
    return this.#sql.exec<InstanceRow>("SELECT * FROM instances WHERE is_online = 1").toArray();
  }

  /** Offline since before `before`; ids bound to a browser tab already since before `tabBefore`. */
  listRetirable(before: number, tabBefore: number): string[] {
    const rows = this.#sql.exec<{ id: string }>(
      `SELECT instance_id AS id FROM instances
       WHERE is_online = 0 AND successor IS NULL AND (last_seen_at < ?1 OR (last_seen_at < ?2 AND partial LIKE 'dashboard@%:dashboard'))`,
      before,
      tabBefore,
    );
    return [...rows].map((row) => row.id);
  }

  /** A4: the ids that forward to this one. */
  listPredecessors(instanceId: string): string[] {
    const rows = this.#sql.exec<{ id: string }>(
      "SELECT instance_id AS id FROM instances WHERE successor = ?",
      instanceId,
    );
    return [...rows].map((row) => row.id);
  }

  /** When the instance that is offline longest was last seen, or null when all are online. */
  oldestOffline(): number | null {
    return this.#sql
      .exec<{ at: number | null }>(
        "SELECT min(last_seen_at) AS at FROM instances WHERE is_online = 0 AND successor IS NULL",
      )
      .one().at;
  }

  countOnline(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM instances WHERE is_online = 1").one().n;
  }

  /** Notes a connection and returns its epoch. A retired id that connects again is in use again (C9). */
  connect(instanceId: string, partial: string, version: number, identityHash: string | null, now: number): number {
    return this.#sql
      .exec<{ epoch: number }>(
        `INSERT INTO instances (instance_id, partial, version, is_online, epoch, identity_hash, connected_at, last_seen_at)
         VALUES (?1, ?2, ?3, 1, 1, ?4, ?5, ?5)
         ON CONFLICT (instance_id) DO UPDATE SET version = ?3, is_online = 1, epoch = epoch + 1,
           identity_hash = coalesce(identity_hash, ?4), successor = NULL, connected_at = ?5, last_seen_at = ?5
         RETURNING epoch`,
        instanceId,
        partial,
        version,
        identityHash,
        now,
      )
      .one().epoch;
  }

  /** C7: only the connection that is still the current one can go away. */
  disconnect(instanceId: string, epoch: number, now: number): boolean {
    return (
      this.#sql.exec(
        "UPDATE instances SET is_online = 0, last_seen_at = ? WHERE instance_id = ? AND epoch = ? AND is_online = 1",
        now,
        instanceId,
        epoch,
      ).rowsWritten > 0
    );
  }

  /** Q8: makes sure an id exists and is held, without a connection. */
  bind(instanceId: string, partial: string, version: number, identityHash: string | null, now: number): void {
    this.#sql.exec(
      `INSERT INTO instances (instance_id, partial, version, is_online, epoch, identity_hash, connected_at, last_seen_at)
       VALUES (?1, ?2, ?3, 0, 0, ?4, ?5, ?5)
       ON CONFLICT (instance_id) DO UPDATE SET identity_hash = coalesce(identity_hash, ?4)`,
      instanceId,
      partial,
      version,
      identityHash,
      now,
    );
  }

  /** Q8, A4: `from` retires in favour of `to`, and so does whoever forwarded to `from`. Returns the new epoch of `to`. */
  retire(from: string, to: string, isOnline: boolean, now: number): number {
    this.#sql.exec("UPDATE instances SET successor = ? WHERE successor = ? AND instance_id <> ?", to, from, to);
    const { epoch } = this.#sql
      .exec<{ epoch: number }>(
        `UPDATE instances SET successor = NULL, is_online = ?1, epoch = epoch + 1, last_seen_at = ?2, connected_at = ?2,
           version = (SELECT version FROM instances WHERE instance_id = ?3),
           role = coalesce((SELECT role FROM instances WHERE instance_id = ?3), role)
         WHERE instance_id = ?4 RETURNING epoch`,
        isOnline ? 1 : 0,
        now,
        from,
        to,
      )
      .one();
    this.#sql.exec(
      "UPDATE instances SET successor = ?, is_online = 0, role = NULL, queue_depth = 0 WHERE instance_id = ?",
      to,
      from,
    );
    return epoch;
  }

  setRole(instanceId: string, role: string | null): void {
    this.#sql.exec("UPDATE instances SET role = ? WHERE instance_id = ?", role, instanceId);
  }

  listByRole(role: string): string[] {
    const rows = this.#sql.exec<{ id: string }>(
      "SELECT instance_id AS id FROM instances WHERE role = ? AND successor IS NULL ORDER BY instance_id",
      role,
    );
    return [...rows].map((row) => row.id);
  }

  onlineAmong(instanceIds: readonly string[]): string[] {
    const rows = this.#sql.exec<{ id: string }>(
      `SELECT instance_id AS id FROM instances
       WHERE is_online = 1 AND instance_id IN (SELECT value FROM json_each(?)) ORDER BY instance_id`,
      JSON.stringify(instanceIds),
    );
    return [...rows].map((row) => row.id);
  }

  delete(instanceId: string): void {
    this.#sql.exec("DELETE FROM instances WHERE instance_id = ?", instanceId);
  }

  setDepths(depths: ReadonlyMap<string, number>): void {
    this.#sql.exec(
      `UPDATE instances SET queue_depth = j.value ->> 1 FROM json_each(?) AS j WHERE instance_id = j.value ->> 0`,
      JSON.stringify([...depths]),
    );
  }
}
