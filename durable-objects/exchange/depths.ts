/** Tells the journal how deep queues are: derived from them now and then, not with each message. */
import { isoTime } from "../iso-time.ts";
import type { Instance } from "./store/instances.ts";
import type { Store } from "./store/store.ts";
import type { Turn } from "./turn.ts";

/** How often. */
const TELL_EVERY_MS = 250;

export class Depths {
  readonly #changed = new Set<Instance>();
  #toldAt = 0;

  /** What a crash kept from being told is told first. */
  constructor({ instances, deliveries }: Store) {
    const owners = new Set(deliveries.listOwners());
    for (const instance of instances.all()) {
      if (owners.has(instance.number) || instance.toldDepth > 0) this.#changed.add(instance);
    }
  }

  get hasChanged(): boolean {
    return this.#changed.size > 0;
  }

  note(instances: Iterable<Instance>): void {
    for (const instance of instances) this.#changed.add(instance);
  }

  /** How long until these may be told. */
  waitMs(now: number): number {
    // A clock that went back since then does not keep them.
    return now < this.#toldAt ? 0 : Math.max(this.#toldAt + TELL_EVERY_MS - now, 0);
  }

  /** Part of a transaction: tells what has changed, if it is time. */
  tell(turn: Turn): void {
    if (!this.hasChanged || this.waitMs(turn.now) > 0) return;
    this.#toldAt = turn.now;
    const { instances, deliveries } = turn.store;
    for (const instance of this.#changed) {
      if (instances.byNumber(instance.number) !== instance) continue;
      const depth = deliveries.depthOf(instance.number).count;
      if (depth === instance.toldDepth) continue;
      instances.change(instance, { toldDepth: depth });
      turn.tell({ event: "queue:stats", timestamp: isoTime(turn.now), instanceId: instance.id, depth });
    }
    this.#changed.clear();
  }
}
