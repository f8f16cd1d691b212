/** Who is still there after a crash: a killed process tells nobody goodbye. */
import type { InstanceTable } from "./tables.ts";

/** A new process has a new one: what it finds marked online may have died with the old process. */
let processId: string | undefined;
const PROCESS_KEY = "process";

/** What the check needs of the world. */
export interface PresenceDeps {
  /** Whether a mailbox holds the connection of this epoch. */
  isLive(instanceId: string, epoch: number): Promise<boolean>;
  noteGone(instanceId: string, epoch: number, lastSeenAt: number): void;
}

export class PresenceCheck {
  readonly #storage: DurableObjectStorage;
  readonly #instances: InstanceTable;
  readonly #deps: PresenceDeps;
  #verified: Promise<void> | undefined;

  constructor(storage: DurableObjectStorage, instances: InstanceTable, deps: PresenceDeps) {
    this.#storage = storage;
    this.#instances = instances;
    this.#deps = deps;
  }

  /** Once per process: asks everyone marked online. */
  verify(): Promise<void> {
    this.#verified ??= this.#askEveryoneOnline().catch((error: unknown) => {
      this.#verified = undefined;
      throw error;
    });
    return this.#verified;
  }

  async #askEveryoneOnline(): Promise<void> {
    processId ??= crypto.randomUUID();
    if (this.#storage.kv.get(PROCESS_KEY) === processId) return;
    await Promise.all(
      this.#instances.listOnline().map(async ({ instance_id, epoch, last_seen_at }) => {
        const isLive = await this.#deps.isLive(instance_id, epoch);
        if (!isLive) this.#deps.noteGone(instance_id, epoch, last_seen_at);
      }),
    );
    this.#storage.kv.put(PROCESS_KEY, processId);
  }
}
