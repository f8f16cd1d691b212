/** Who has which message, and how far it got. A delivery is named by its message's position and its addressee. */
import { type State, TRANSITIONS, type Transition } from "./delivery-state.ts";
import { type DeliveryKey, DeliveryWrites } from "./delivery-writes.ts";

export type { DeliveryKey };

/** A delivery with what its message says. Times in epoch ms, null where it has not come to that. */
export interface Delivery extends DeliveryKey {
  owner: number;
  state: State;
  attempts: number;
  deliveredAt: number | null;
  ackedAt: number | null;
  seenAt: number | null;
  endedAt: number | null;
  reason: string | null;
  /** The message's own id: that of the whole, where this is a copy of a publication. */
  wholeId: string;
  sender: string;
  isPublication: boolean;
  body: string;
  bytes: number;
  acceptedAt: number;
  expiresAt: number;
  /** H3: a pause of its owner does not hold it. */
  passes: boolean;
}

/** How much a queue owes. */
export interface Depth {
  count: number;
  bytes: number;
}

type Row = {
  position: number;
  addressee: number;
  owner: number;
  state: State;
  attempts: number;
  delivered_at: number | null;
  acked_at: number | null;
  seen_at: number | null;
  ended_at: number | null;
  reason: string | null;
  message_id: string;
  sender: string;
  is_publication: number;
  body: string | null;
  bytes: number;
  accepted_at: number;
  expires_at: number;
  passes: number;
};

const COLUMNS =
  "SELECT deliveries.*, message_id, sender, is_publication, body, bytes, accepted_at, expires_at FROM deliveries";
const JOINED = `${COLUMNS} JOIN messages USING (position)`;
/** Named, since the planner would walk through all that waits. */
const PASSING = `${COLUMNS} INDEXED BY passing_deliveries JOIN messages USING (position)`;

export class Deliveries {
  readonly #db: SqlStorage;
  readonly #writes: DeliveryWrites;
  /** Of the queues that were asked for, kept in step by every method here. */
  readonly #depths = new Map<number, Depth>();

  constructor(sql: SqlStorage) {
    this.#db = sql;
    this.#writes = new DeliveryWrites(sql);
  }

  /** The database, with all that was changed here. */
  get #sql(): SqlStorage {
    this.#writes.flush();
    return this.#db;
  }

  /** Call it at the end of a turn, before its transaction ends. */
  flush(): void {
    this.#writes.flush();
  }

  /** Call it when that transaction failed. */
  discard(): void {
    this.#writes.discard();
  }

  /** Stores a message's deliveries to these instances, all in one state. `at`: when they were given to a connection. */
  insert(
    position: number,
    owners: readonly number[],
    state: State,
    { at, bytes, passes }: { at: number; bytes: number; passes: boolean },
  ): void {
    this.#writes.insert(position, owners, state, at, passes);
    if (state >= 2) return;
    for (const owner of owners) this.#count(owner, 1, bytes);
  }

  /** How much the queue of an instance owes. */
  depthOf(owner: number): Readonly<Depth> {
    let depth = this.#depths.get(owner);
    if (depth === undefined) {
      depth = this.#sql
        .exec<{ count: number; bytes: number }>(
          `SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes
           FROM deliveries JOIN messages USING (position) WHERE owner = ? AND state < 2`,
          owner,
        )
        .one();
      this.#depths.set(owner, depth);
    }
    return depth;
  }

  /** Owners of open deliveries. */
  listOwners(): number[] {
    const rows = this.#sql.exec<{ owner: number }>("SELECT DISTINCT owner FROM deliveries WHERE state < 2");
    return [...rows].map(({ owner }) => owner);
  }

  /** Of a queue: open deliveries of one state, oldest first. */
  listOpen(owner: number, state: State, limit: number): Delivery[] {
    return this.#list("WHERE owner = ? AND state = ? AND state < 2 ORDER BY position LIMIT ?", owner, state, limit);
  }

  /** The same of what passes a pause (H3). */
  listPassing(owner: number, state: State, limit: number): Delivery[] {
    const where = "WHERE owner = ? AND state = ? AND state < 2 AND passes = 1 ORDER BY position LIMIT ?";
    return this.#query(`${PASSING} ${where}`, owner, state, limit);
  }

  /** Of a queue: what passes a pause, oldest first. */
  peekPassing(owner: number, limit: number): Delivery[] {
    return this.#query(
      `${PASSING} WHERE owner = ? AND state < 2 AND passes = 1 ORDER BY position LIMIT ?`,
      owner,
      limit,
    );
  }

  /** Of a queue: what is behind a position, oldest first. */
  peek(owner: number, after: number, limit: number): Delivery[] {
    return this.#list("WHERE owner = ? AND state < 2 AND position > ? ORDER BY position LIMIT ?", owner, after, limit);
  }

  /** Of a queue: what is past its time. */
  listOverdue(owner: number, now: number): Delivery[] {
    return this.#list("WHERE owner = ? AND state < 2 AND expires_at <= ? ORDER BY position", owner, now);
  }

  /** Who a message was accepted for. */
  listAddressees(position: number): number[] {
    const rows = this.#sql.exec<{ addressee: number }>("SELECT addressee FROM deliveries WHERE position = ?", position);
    return [...rows].map(({ addressee }) => addressee);
  }

  /** All deliveries of one message. */
  listOf(position: number): Delivery[] {
    return this.#list("WHERE position = ?", position);
  }

  /** Open deliveries of these messages. */
  listOpenAt(positions: readonly number[]): Delivery[] {
    return this.#list("WHERE position IN (SELECT value FROM json_each(?)) AND state < 2", JSON.stringify(positions));
  }

  find({ position, addressee }: DeliveryKey): Delivery | undefined {
    return this.#list("WHERE position = ? AND addressee = ?", position, addressee)[0];
  }

  /** Dead letters, the newest first. */
  listDead(limit: number): Delivery[] {
    return this.#list("WHERE state >= 5 AND state < 8 ORDER BY ended_at DESC, position DESC LIMIT ?", limit);
  }

  /**
   * Moves one owner's deliveries on, where the state they are in allows it. `owner` guards: what
   * is somebody else's stays as it is.
   */
  transition(
    name: Transition,
    owner: number,
    deliveries: readonly (DeliveryKey & { bytes: number; state: State })[],
    now: number,
    reason: string | null = null,
  ): void {
    if (deliveries.length === 0) return;
    this.#writes.move(name, owner, deliveries, now, reason);
    const { to } = TRANSITIONS[name];
    for (const { state, bytes } of deliveries) {
      const change = Number(to < 2) - Number(state < 2);
      if (change !== 0) this.#count(owner, change, change * bytes);
    }
  }

  /** Q8: what is open in one queue is open in another from here on. Returns how many that were. */
  moveOpen(from: number, to: number): number {
    const { count } = this.depthOf(from);
    this.#sql.exec("UPDATE deliveries SET owner = ? WHERE owner = ? AND state < 2", to, from);
    this.#depths.delete(from);
    this.#depths.delete(to);
    return count;
  }

  /** Forgets deliveries, whatever became of them. */
  delete(keys: readonly DeliveryKey[]): void {
    this.#sql.exec(
      "DELETE FROM deliveries WHERE (position, addressee) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each(?))",
      JSON.stringify(keys.map(({ position, addressee }) => [position, addressee])),
    );
  }

  /** Of these messages, those with a delivery that is open or ended after `before`. */
  listAlive(positions: readonly number[], before: number): Set<number> {
    const rows = this.#sql.exec<{ position: number }>(
      `SELECT DISTINCT position FROM deliveries WHERE position IN (SELECT value FROM json_each(?))
         AND (state < 2 OR max(coalesce(delivered_at, 0), coalesce(acked_at, 0), coalesce(seen_at, 0), coalesce(ended_at, 0)) >= ?)`,
      JSON.stringify(positions),
      before,
    );
    return new Set([...rows].map(({ position }) => position));
  }

  /** Of these messages, those whose text somebody may still be given: open ones, and dead letters. */
  listNeeded(positions: readonly number[]): Set<number> {
    const rows = this.#sql.exec<{ position: number }>(
      `SELECT DISTINCT position FROM deliveries
       WHERE position IN (SELECT value FROM json_each(?)) AND (state < 2 OR (state >= 5 AND state < 8))`,
      JSON.stringify(positions),
    );
    return new Set([...rows].map(({ position }) => position));
  }

  deleteAt(positions: readonly number[]): void {
    this.#sql.exec(
      "DELETE FROM deliveries WHERE position IN (SELECT value FROM json_each(?))",
      JSON.stringify(positions),
    );
  }

  #count(owner: number, count: number, bytes: number): void {
    const depth = this.#depths.get(owner);
    if (depth === undefined) return;
    depth.count += count;
    depth.bytes += bytes;
  }

  #list(where: string, ...bindings: (string | number)[]): Delivery[] {
    return this.#query(`${JOINED} ${where}`, ...bindings);
  }

  #query(query: string, ...bindings: (string | number)[]): Delivery[] {
    return [...this.#sql.exec<Row>(query, ...bindings)].map(fromRow);
  }
}

function fromRow(row: Row): Delivery {
  return {
    position: row.position,
    addressee: row.addressee,
    owner: row.owner,
    state: row.state,
    attempts: row.attempts,
    deliveredAt: row.delivered_at,
    ackedAt: row.acked_at,
    seenAt: row.seen_at,
    endedAt: row.ended_at,
    reason: row.reason,
    wholeId: row.message_id,
    sender: row.sender,
    isPublication: row.is_publication === 1,
    body: row.body ?? "",
    bytes: row.bytes,
    acceptedAt: row.accepted_at,
    expiresAt: row.expires_at,
    passes: row.passes === 1,
  };
}
