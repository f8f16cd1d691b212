/** Who was online when, on disk: a row for each change. */
import { PRESENCE_CHANGES_MAX } from "../../shared/limits.ts";

/** From here on the instance is online, or is not. Epoch ms. */
export interface PresenceChange {
  at: number;
  isOnline: boolean;
}

type Row = { at: number; is_online: number };

/** In the order of the hub: `note` keeps the times of an instance from going back. */
const NEWEST_FIRST = "ORDER BY at DESC, id DESC";

export class PresenceStore {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  /** What changes nothing is not kept. */
  note(instanceId: string, at: number, isOnline: boolean): void {
    const last = this.#first(`WHERE instance_id = ? ${NEWEST_FIRST}`, instanceId);
    if (last?.isOnline === isOnline) return;
    // The hub's clock was set back: what seems to come later was before this.
    if (last !== undefined && last.at > at) {
      this.#sql.exec("UPDATE presence SET at = ?2 WHERE instance_id = ?1 AND at > ?2", instanceId, at);
    }
    this.#sql.exec(
      "INSERT INTO presence (instance_id, at, is_online) VALUES (?, ?, ?)",
      instanceId,
      at,
      Number(isOnline),
    );
  }

  /** The first change that is known; undefined where nothing is. */
  first(instanceId: string): PresenceChange | undefined {
    return this.#first("WHERE instance_id = ? ORDER BY at, id", instanceId);
  }

  /** The first change at a time or after it. */
  next(instanceId: string, from: number): PresenceChange | undefined {
    return this.#first("WHERE instance_id = ? AND at >= ? ORDER BY at, id", instanceId, from);
  }

  /** The changes of a time, `to` excluded, and those from the last coming before it on: the newest first, `limit` at most. */
  list(instanceId: string, from: number, to: number, limit: number): PresenceChange[] {
    return this.#sql
      .exec<Row>(
        `SELECT at, is_online FROM presence WHERE instance_id = ?1 AND at < ?3 AND at >= coalesce(
           (SELECT at FROM presence WHERE instance_id = ?1 AND at <= ?2 AND is_online = 1 ${NEWEST_FIRST} LIMIT 1), ?2)
         ${NEWEST_FIRST} LIMIT ?4`,
        instanceId,
        from,
        to,
        limit,
      )
      .toArray()
      .map(toChange);
  }

  // ---- retention; each returns whether there was any

  /** Forgets at most `rows` changes before a time. The last one before it holds until the next, so it stays, unless nothing followed an end. */
  forget(rows: number, before: number): boolean {
    return (
      this.#sql.exec(
        `DELETE FROM presence WHERE id IN (
           SELECT id FROM presence AS p WHERE at < ?2 AND coalesce(
             (SELECT at FROM presence AS next WHERE next.instance_id = p.instance_id AND (next.at, next.id) > (p.at, p.id)
              ORDER BY at, id LIMIT 1) <= ?2,
             is_online = 0)
           LIMIT ?1)`,
        rows,
        before,
      ).rowsWritten > 0
    );
  }

  /** Forgets at most `rows` of those that are not among the newest of all instances together. */
  forgetTooMany(rows: number): boolean {
    return this.#forgetUpTo(rows, `(SELECT max(id) FROM presence) - ${PRESENCE_CHANGES_MAX}`);
  }

  forgetOldest(rows: number): boolean {
    return this.#forgetUpTo(rows, "(SELECT max(id) FROM presence)");
  }

  #forgetUpTo(rows: number, last: string): boolean {
    const oldest = `SELECT id FROM presence WHERE id <= ${last} ORDER BY id LIMIT ?`;
    return this.#sql.exec(`DELETE FROM presence WHERE id IN (${oldest})`, rows).rowsWritten > 0;
  }

  #first(which: string, ...bindings: (string | number)[]): PresenceChange | undefined {
    return this.#sql
      .exec<Row>(`SELECT at, is_online FROM presence ${which} LIMIT 1`, ...bindings)
      .toArray()
      .map(toChange)[0];
  }
}

function toChange({ at, is_online }: Row): PresenceChange {
  return { at, isOnline: is_online === 1 };
}
