/**
 * Presence of what the stream told before there was any: a row of the stream at a time, each in one transaction with how
 * far it got.
 */
import type { HubEvent } from "../../shared/events.ts";
import { readEvent } from "./digest.ts";
import { INSTANCE_LINE, notePresence } from "./presence.ts";
import type { PresenceStore } from "./presence-store.ts";
import type { StreamStore } from "./stream-store.ts";

const BACKFILL_KEY = "presenceBackfill";

interface Progress {
  /** The last cursor that is done, and the last one that is to be. */
  done: number;
  last: number;
}

export class PresenceBackfill {
  readonly #storage: DurableObjectStorage;
  readonly #stream: StreamStore;
  readonly #presence: PresenceStore;
  #progress: Progress;

  /** `indexedUpTo`: what comes after it is indexed with its presence. */
  constructor(storage: DurableObjectStorage, stream: StreamStore, presence: PresenceStore, indexedUpTo: number) {
    this.#storage = storage;
    this.#stream = stream;
    this.#presence = presence;
    const progress = storage.kv.get<Progress>(BACKFILL_KEY);
    this.#progress = progress ?? { done: 0, last: indexedUpTo };
    // Noted before anything comes in.
    if (progress === undefined) storage.kv.put(BACKFILL_KEY, this.#progress);
  }

  get isPending(): boolean {
    return this.#progress.done < this.#progress.last;
  }

  step(): void {
    const { done, last } = this.#progress;
    const segment = this.#stream.after(done);
    const progress = { done: Math.min(segment?.last ?? last, last), last };
    this.#storage.transactionSync(() => {
      for (const event of eventsOf(segment?.lines ?? [])) notePresence(this.#presence, event);
      this.#storage.kv.put(BACKFILL_KEY, progress);
    });
    this.#progress = progress;
  }
}

/** Only what is about instances is read: the most by far is not. */
function eventsOf(lines: readonly string[]): HubEvent[] {
  return lines.filter((line) => line.startsWith(INSTANCE_LINE)).flatMap((line) => readEvent(line) ?? []);
}
