/**
 * Makes history out of the stream. Taking events in is one row for many; this is the dear part, so it comes later, in
 * small transactions, and gives way while the hub is busy. How far it got is on disk, so nothing is left out or doubled.
 */

import type { Atomic } from "../atomic.ts";
import { errorText, log } from "../log.ts";
import { Digest } from "./digest.ts";
import type { Stores } from "./stores.ts";
import type { StreamStore } from "./stream-store.ts";

const INDEXED_KEY = "indexedUpTo";

/** The cursor up to which history has what the stream told, as it stands on disk. */
export function readIndexedUpTo({ kv }: DurableObjectStorage): number {
  return kv.get<number>(INDEXED_KEY) ?? 0;
}

/** After the first event of a burst, how long more may come before the indexing begins. */
const START_AFTER_MS = 100;
/**
 * At so many events a second indexing takes half of the time, at ten times as many an eleventh of it. So it keeps up with
 * some 7,000 a second (2,000 messages); above that it is the hub's turn, and history catches up afterwards.
 */
const HALF_TIME_EVENTS_PER_SECOND = 2_000;

/** What is made of history that is older than this code, piece by piece. */
interface Pending {
  readonly isPending: boolean;
  step(): void;
}

interface IndexerDeps {
  backfills: readonly Pending[];
  /** History has become larger by a piece. */
  onGrown(): void;
}

export class Indexer {
  readonly #storage: DurableObjectStorage;
  readonly #atomic: Atomic;
  readonly #stream: StreamStore;
  readonly #stores: Stores;
  readonly #backfills: readonly Pending[];
  readonly #onGrown: () => void;
  #indexedUpTo: number;
  #isScheduled = false;
  #rate = { since: 0, events: 0, before: 0 };

  constructor(storage: DurableObjectStorage, atomic: Atomic, stream: StreamStore, stores: Stores, deps: IndexerDeps) {
    this.#storage = storage;
    this.#atomic = atomic;
    this.#stream = stream;
    this.#stores = stores;
    this.#backfills = deps.backfills;
    this.#onGrown = deps.onGrown;
    this.#indexedUpTo = readIndexedUpTo(storage);
    if (this.isBehind) this.#schedule();
  }

  get isBehind(): boolean {
    return this.#backfill !== undefined || this.#indexedUpTo < this.#stream.last;
  }

  /** The first that has something to do. */
  get #backfill(): Pending | undefined {
    return this.#backfills.find(({ isPending }) => isPending);
  }

  /** The cursor up to which history has what the stream told. */
  get indexedUpTo(): number {
    return this.#indexedUpTo;
  }

  /** Events were taken in: they will be indexed soon. */
  note(events: number, now: number): void {
    const age = now - this.#rate.since;
    if (age >= 1_000) this.#rate = { since: now, events: 0, before: age < 2_000 ? this.#rate.events : 0 };
    this.#rate.events += events;
    this.#schedule();
  }

  /** Indexes up to a cursor, but works at most `budgetMs`; others get their turn in between. */
  async catchUp(upTo = this.#stream.last, budgetMs = Number.POSITIVE_INFINITY): Promise<void> {
    let spentMs = 0;
    while ((this.#backfill !== undefined || this.#indexedUpTo < upTo) && spentMs < budgetMs) {
      const startedAt = Date.now();
      this.#step();
      await scheduler.wait(0);
      // The clock stands still while code runs; it has moved after the wait.
      spentMs += Date.now() - startedAt;
    }
  }

  /** Indexes one piece. Returns whether there was any. */
  doStep(): boolean {
    const { isBehind } = this;
    if (isBehind) this.#step();
    return isBehind;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => void this.#run(), START_AFTER_MS);
  }

  async #run(): Promise<void> {
    try {
      while (this.isBehind) {
        const startedAt = Date.now();
        this.#step();
        await scheduler.wait(0);
        const now = Date.now();
        const pauseMs = ((now - startedAt) * this.#eventsPerSecond(now)) / HALF_TIME_EVENTS_PER_SECOND;
        if (pauseMs >= 1) await scheduler.wait(pauseMs);
      }
    } catch (error) {
      log("error", "indexing failed", { error: errorText(error) });
    } finally {
      this.#isScheduled = false;
    }
  }

  /** Of the last second or of this one, whichever had more; 0 soon after the last event. */
  #eventsPerSecond(now: number): number {
    const { since, events, before } = this.#rate;
    return now - since > 2_000 ? 0 : Math.max(events, before);
  }

  /** What is older comes first: a thread is found by what was there before. */
  #step(): void {
    const backfill = this.#backfill;
    if (backfill !== undefined) backfill.step();
    else this.#indexSegment();
    this.#onGrown();
  }

  /** One row of the stream, in one transaction. */
  #indexSegment(): void {
    const segment = this.#stream.after(this.#indexedUpTo);
    if (segment === undefined) return;
    this.#atomic.run(() => {
      new Digest(this.#stores, this.#stream).take(segment);
      this.#storage.kv.put(INDEXED_KEY, segment.last);
    });
    this.#indexedUpTo = segment.last;
  }
}
