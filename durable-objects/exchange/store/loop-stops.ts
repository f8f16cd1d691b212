/** Exchanges that were stopped (G1), until a person lets them go on. Few, so they are in memory as well. */
import { LOOP_STOP_MS, LOOP_STOPS_MAX } from "../../../shared/limits.ts";
import { pairKey } from "../loops/talks.ts";

export interface StoredLoopStop {
  loopId: string;
  /** The message that a thread begins with; null for a pair. */
  root: string | null;
  /** Numbers of the instances; two of a pair. */
  members: readonly number[];
  /** Answers that are known to be in the thread. */
  answers: readonly string[];
  messages: number;
  /** Epoch ms. */
  at: number;
}

type Row = {
  loop_id: string;
  root: string | null;
  members: string;
  answers: string;
  messages: number;
  stopped_at: number;
};

export class LoopStops {
  readonly #sql: SqlStorage;
  /** The oldest first. */
  readonly #byId = new Map<string, StoredLoopStop>();
  readonly #byPair = new Map<string, StoredLoopStop>();
  readonly #byThread = new Map<string, StoredLoopStop>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const row of sql.exec<Row>("SELECT * FROM loop_stops ORDER BY number")) {
      this.#byId.set(row.loop_id, toStop(row));
    }
    this.#index();
  }

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  /** When the first of them ends by itself, epoch ms; null for none. */
  get nextEnd(): number | null {
    const first = this.#byId.values().next().value;
    return first === undefined ? null : first.at + LOOP_STOP_MS;
  }

  all(): StoredLoopStop[] {
    return [...this.#byId.values()];
  }

  find(loopId: string): StoredLoopStop | undefined {
    return this.#byId.get(loopId);
  }

  /** Why these two may not go on; undefined where they may. */
  ofPair(a: number, b: number): StoredLoopStop | undefined {
    return this.#byPair.get(pairKey(a, b));
  }

  ofThread(root: string): StoredLoopStop | undefined {
    return this.#byThread.get(root);
  }

  /** Beyond the bound the oldest goes. */
  add(stop: StoredLoopStop): void {
    const oldest = this.#byId.values().next().value;
    if (oldest !== undefined && this.#byId.size >= LOOP_STOPS_MAX) this.remove(oldest);
    const { loopId, root, members, answers, messages, at } = stop;
    this.#sql.exec(
      "INSERT INTO loop_stops (loop_id, root, members, answers, messages, stopped_at) VALUES (?, ?, ?, ?, ?, ?)",
      loopId,
      root,
      JSON.stringify(members),
      JSON.stringify(answers),
      messages,
      at,
    );
    this.#byId.set(loopId, stop);
    this.#index();
  }

  remove({ loopId }: StoredLoopStop): void {
    this.#sql.exec("DELETE FROM loop_stops WHERE loop_id = ?", loopId);
    this.#byId.delete(loopId);
    this.#index();
  }

  /** Ends those that nobody let go on for long. */
  forget(now: number): void {
    for (const stop of this.all()) if (stop.at + LOOP_STOP_MS <= now) this.remove(stop);
  }

  /** Q8: a session goes on under another id. */
  move(from: number, to: number): void {
    for (const stop of this.#with(from)) {
      const members = [...new Set(stop.members.map((number) => (number === from ? to : number)))];
      this.#keep(stop, members);
    }
  }

  /** An instance is no more. With fewer than two there is nothing to stop. */
  drop(number: number): void {
    for (const stop of this.#with(number)) {
      this.#keep(
        stop,
        stop.members.filter((member) => member !== number),
      );
    }
  }

  #with(number: number): StoredLoopStop[] {
    return this.all().filter(({ members }) => members.includes(number));
  }

  /** Has a stop with these members from here on. */
  #keep(stop: StoredLoopStop, members: readonly number[]): void {
    if (members.length < 2) {
      this.remove(stop);
      return;
    }
    const { loopId } = stop;
    this.#sql.exec("UPDATE loop_stops SET members = ? WHERE loop_id = ?", JSON.stringify(members), loopId);
    this.#byId.set(loopId, { ...stop, members });
    this.#index();
  }

  #index(): void {
    this.#byPair.clear();
    this.#byThread.clear();
    for (const stop of this.#byId.values()) {
      const [a, b] = stop.members;
      if (stop.root !== null) this.#byThread.set(stop.root, stop);
      else if (a !== undefined && b !== undefined) this.#byPair.set(pairKey(a, b), stop);
    }
  }
}

function toStop(row: Row): StoredLoopStop {
  const members = JSON.parse(row.members) as number[];
  const answers = JSON.parse(row.answers) as string[];
  const { loop_id: loopId, root, messages, stopped_at: at } = row;
  return { loopId, root, members, answers, messages, at };
}
