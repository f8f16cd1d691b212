/** Exchanges of sessions that the hub has stopped (G1), until a person lets them go on. */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEventName } from "../../../shared/events.ts";
import type { LoopStop } from "../../../shared/loops.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { keepRead } from "./keep-read.ts";
import type { Loading } from "./refresher.ts";

const ABOUT_LOOPS: ReadonlySet<HubEventName> = new Set([
  "loop:stopped",
  "loop:resumed",
  "instance:session_updated",
  "instance:removed",
]);

export interface LoopStops {
  /** The oldest first. */
  stopped: ReadonlySignal<readonly LoopStop[]>;
  loading: ReadonlySignal<Loading>;
  /** Rejects with a `RestProblem`. */
  resume(loopId: string): Promise<void>;
}

export const LoopStopsModel = createModel((hub: Hub): LoopStops => {
  const stopped = signal<readonly LoopStop[]>([]);
  const { loading, refresher } = keepRead(hub, {
    async read() {
      stopped.value = await hub.rest.get<LoopStop[]>("/api/loops");
    },
    isAbout: ({ event }) => ABOUT_LOOPS.has(event),
  });
  return {
    stopped,
    loading,
    async resume(loopId) {
      await hub.rest.post(path`/api/loops/${loopId}/resume`);
      await refresher.now();
    },
  };
});
