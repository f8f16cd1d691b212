/** Adds up numbers over time as history is made: of one transaction, written at its end. */

import { slotOf } from "./latency-slots.ts";
import type { Names } from "./names.ts";
import { ALL, LATENCY_KINDS, type LatencyKind, MINUTE_MS, type SeriesStore } from "./series-store.ts";

interface Depth {
  key: [instance: number, minute: number];
  last: number;
  max: number;
}

export class SeriesIndex {
  readonly #store: SeriesStore;
  readonly #names: Names;
  readonly #traffic = new Counter();
  readonly #latencies = new Counter();
  readonly #depths = new Map<string, Depth>();

  constructor(store: SeriesStore, names: Names) {
    this.#store = store;
    this.#names = names;
  }

  countMessage(at: number, from: string, to: string, type: string): void {
    this.#traffic.add([minuteOf(at), this.#names.idOf(from), this.#names.idOf(to), type]);
  }

  /** `at`: when it was delivered or answered; `instanceId`: by whom; `type`: of the message that was. */
  countLatency(kind: LatencyKind, at: number, instanceId: string, type: string, ms: number): void {
    this.#latencies.add([
      minuteOf(at),
      LATENCY_KINDS[kind],
      this.#names.idOf(instanceId),
      type,
      slotOf(Math.max(0, ms)),
    ]);
  }

  /** The depth of one queue, or of all of them (`instanceId` null), changed. */
  noteDepth(at: number, instanceId: string | null, before: number, depth: number): void {
    const key: Depth["key"] = [instanceId === null ? ALL : this.#names.idOf(instanceId), minuteOf(at)];
    const known = this.#depths.get(key.join());
    // What was there when the minute began counts too.
    if (known === undefined) this.#depths.set(key.join(), { key, last: depth, max: Math.max(before, depth) });
    else Object.assign(known, { last: depth, max: Math.max(known.max, depth) });
  }

  write(): void {
    this.#store.addTraffic(this.#traffic.rows);
    this.#store.addLatencies(this.#latencies.rows);
    this.#store.addDepths([...this.#depths.values()].map(({ key, last, max }) => [...key, last, max]));
  }
}

/** How often each key came. */
class Counter {
  readonly #rows = new Map<string, [...(string | number)[], number]>();

  get rows(): (string | number)[][] {
    return [...this.#rows.values()];
  }

  add(key: readonly (string | number)[]): void {
    const text = key.join();
    const row = this.#rows.get(text);
    if (row === undefined) this.#rows.set(text, [...key, 1]);
    else row[row.length - 1] = (row.at(-1) as number) + 1;
  }
}

function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS);
}
