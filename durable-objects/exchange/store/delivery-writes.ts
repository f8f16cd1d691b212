/**
 * What a turn changes in deliveries, written together: a statement costs more than the row it changes, and a busy turn takes
 * acks of a hundred clients. Who reads calls `flush` first, and so does the end of the turn.
 *
 * Rows come as one JSON text, as everywhere in the stores. `jsonb_each` takes it apart once; `json_each` would write each row as
 * text again, and `->>` parse that for each column.
 */
import { type State, TRANSITIONS, type Transition } from "./delivery-state.ts";

/** Names one delivery. */
export interface DeliveryKey {
  position: number;
  /** The number of the instance that it was accepted for. */
  addressee: number;
}

/** A row: position, addressee and owner, state, attempts, when it was given first (epoch ms), whether it passes a pause. */
type NewRow = [
  position: number,
  owner: number,
  state: State,
  attempts: number,
  deliveredAt: number | null,
  passes: 0 | 1,
];

/** Rows that move on in one way. */
interface Move {
  name: Transition;
  now: number;
  reason: string | null;
  rows: [position: number, addressee: number, owner: number][];
}

/** The column that a transition dates. `deliver` and `write` date the first time only. */
const DATED: Record<Transition, string> = {
  deliver: "attempts = attempts + 1, delivered_at = coalesce(delivered_at, ?2)",
  write: "attempts = attempts + 1, delivered_at = coalesce(delivered_at, ?2)",
  giveBack: "attempts = max(attempts - 1, 0), delivered_at = iif(attempts > 1, delivered_at, NULL)",
  ack: "delivered_at = coalesce(delivered_at, ?2), acked_at = ?2",
  see: "delivered_at = coalesce(delivered_at, ?2), acked_at = coalesce(acked_at, ?2), seen_at = ?2",
  expire: "ended_at = ?2",
  kill: "ended_at = ?2",
  remove: "ended_at = ?2",
  drop: "ended_at = ?2",
  retry: "delivered_at = NULL, ended_at = NULL",
};

/** Of these, many calls become one statement. Others count attempts, so a row must not stand in one twice. */
const MERGING: ReadonlySet<Transition> = new Set(["ack", "see"]);

const COLUMNS = "(position, addressee, owner, state, attempts, delivered_at, passes)";

export class DeliveryWrites {
  readonly #sql: SqlStorage;
  #rows: NewRow[] = [];
  #moves: Move[] = [];

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** A message's delivery to each of these, all in one state. `at`: when they were given to a connection. */
  insert(position: number, owners: readonly number[], state: State, at: number, passes: boolean): void {
    const [attempts, deliveredAt] = state === 0 ? [0, null] : [1, at];
    for (const owner of owners) this.#rows.push([position, owner, state, attempts, deliveredAt, passes ? 1 : 0]);
  }

  /** Moves one owner's deliveries on, where the state that they are in allows it. */
  move(name: Transition, owner: number, keys: readonly DeliveryKey[], now: number, reason: string | null): void {
    let last = this.#moves.at(-1);
    if (last?.name !== name || !MERGING.has(name) || last.now !== now || last.reason !== reason) {
      last = { name, now, reason, rows: [] };
      this.#moves.push(last);
    }
    for (const { position, addressee } of keys) last.rows.push([position, addressee, owner]);
  }

  /** Writes what has not been written yet, in the order in which it came. */
  flush(): void {
    if (this.#rows.length > 0) this.#insertRows();
    for (const move of this.#moves) this.#update(move);
    if (this.#moves.length > 0) this.#moves = [];
  }

  /** The transaction failed that these were a part of. */
  discard(): void {
    this.#rows = [];
    this.#moves = [];
  }

  #insertRows(): void {
    const rows = this.#rows;
    this.#rows = [];
    this.#sql.exec(
      `INSERT INTO deliveries ${COLUMNS}
       SELECT value ->> 0, value ->> 1, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM jsonb_each(?)`,
      JSON.stringify(rows),
    );
  }

  /** The owner guards: what is somebody else's by now stays as it is. */
  #update({ name, now, reason, rows }: Move): void {
    const { from, to } = TRANSITIONS[name];
    this.#sql.exec(
      `UPDATE deliveries SET state = ?1, ${DATED[name]}, reason = ?3 FROM jsonb_each(?4) AS moved
       WHERE position = moved.value ->> 0 AND addressee = moved.value ->> 1 AND owner = moved.value ->> 2
         AND state IN (${from.join(", ")})`,
      to,
      now,
      reason,
      JSON.stringify(rows),
    );
  }
}
