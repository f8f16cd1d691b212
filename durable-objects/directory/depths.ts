/** How much waits for each instance: known at once, on disk a little later, and told to the journal when it is. */
import type { HubEvent } from "../../shared/events.ts";
import { isoTime } from "../iso-time.ts";
import type { InstanceRow, InstanceTable } from "./tables.ts";

/** Depths collect this long before they share a commit. */
const WRITE_AFTER_MS = 250;

export class Depths {
  readonly #instances: InstanceTable;
  readonly #tell: (events: HubEvent[]) => void;
  /** Not on disk yet. */
  readonly #reported = new Map<string, number>();

  /** `tell` takes events in the turn of the change they tell of. */
  constructor(instances: InstanceTable, tell: (events: HubEvent[]) => void) {
    this.#instances = instances;
    this.#tell = tell;
  }

  /** A depth that a crash loses is reported again with the next change. */
  report(instanceId: string, depth: number): void {
    if (this.#reported.size === 0) setTimeout(() => this.#write(), WRITE_AFTER_MS);
    this.#reported.set(instanceId, depth);
  }

  of(row: InstanceRow | undefined): number {
    return row === undefined ? 0 : (this.#reported.get(row.instance_id) ?? row.queue_depth);
  }

  forget(instanceId: string): void {
    this.#reported.delete(instanceId);
  }

  #write(): void {
    const depths = new Map(this.#reported);
    this.#reported.clear();
    const timestamp = isoTime(Date.now());
    const changed = [...depths].filter(([id, depth]) => this.#instances.find(id)?.queue_depth !== depth);
    this.#instances.setDepths(depths);
    if (changed.length === 0) return;
    this.#tell(changed.map(([instanceId, depth]) => ({ event: "queue:stats", timestamp, instanceId, depth })));
  }
}
