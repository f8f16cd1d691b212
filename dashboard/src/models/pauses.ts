/** What is paused (H3), kept true by events, and how a person pauses and resumes. */
import { computed, createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEventName } from "../../../shared/events.ts";
import type { Pause } from "../../../shared/pauses.ts";
import type { Hub } from "../adapter/hub.ts";
import type { Instances } from "./instances.ts";
import { keepRead } from "./keep-read.ts";

const ABOUT_PAUSES: ReadonlySet<HubEventName> = new Set([
  "pause:set",
  "pause:lifted",
  "instance:session_updated",
  "instance:removed",
]);

export interface Pauses {
  /** The pause of everything; undefined while there is none. */
  everything: ReadonlySignal<Pause | undefined>;
  /** The targets of all pauses. */
  targets: ReadonlySignal<ReadonlySet<string>>;
}

/** Keeps the list of instances true as well, which says of each what holds it. */
export const PausesModel = createModel((hub: Hub, instances: Instances): Pauses => {
  const known = signal<readonly Pause[]>([]);
  keepRead(hub, {
    async read() {
      const before = known.peek();
      known.value = await hub.rest.get<Pause[]>("/api/pauses");
      if (before.length + known.peek().length > 0) await instances.load();
    },
    // Who comes while something is paused may be held by it.
    isAbout: ({ event }) => ABOUT_PAUSES.has(event) || (event === "instance:joined" && known.peek().length > 0),
  });
  return {
    everything: computed(() => known.value.find(({ target }) => target === "all")),
    targets: computed(() => new Set(known.value.map(({ target }) => target))),
  };
});

/** Rejects with a `RestProblem`. An empty reason is none. */
export async function pause(hub: Hub, target: string, reason: string): Promise<void> {
  const text = reason.trim();
  await hub.rest.post("/api/pauses", { target, ...(text === "" ? {} : { reason: text }) });
}

/** Rejects with a `RestProblem`. */
export async function resume(hub: Hub, target: string): Promise<void> {
  await hub.rest.delete("/api/pauses", { query: { target } });
}

/** A target in words: `everything`, `the project web`, or the id of a session. */
export function wordsForTarget(target: string): string {
  if (target === "all") return "everything";
  return target.startsWith("project:") ? `the project ${target.slice("project:".length)}` : target;
}
