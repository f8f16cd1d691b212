/** How many decisions wait for a person; every page shows it. */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { DecisionPage } from "../../../shared/decisions.ts";
import type { Hub } from "../adapter/hub.ts";
import { createRefresher } from "./refresher.ts";

const REFRESH_PAUSE_MS = 300;

export interface OpenDecisions {
  count: ReadonlySignal<number>;
  /** Reads it anew. */
  load(): Promise<void>;
  clear(): void;
}

/** `onOpened` hears of each that somebody asks for. */
export const OpenDecisionsModel = createModel((hub: Hub, onOpened: (instanceId: string) => void): OpenDecisions => {
  const count = signal(0);
  const load = async () => {
    const { openCount } = await hub.rest.get<DecisionPage>("/api/decisions", { query: { limit: 1 } });
    count.value = openCount;
  };
  // Without an answer the last count stays; the page says by itself that the hub is away.
  const refresher = createRefresher(() => load().catch(() => {}), REFRESH_PAUSE_MS);
  hub.stream.onEvents((events) => {
    for (const event of events) {
      if (event.event === "decision:opened") onOpened(event.instanceId);
      else if (event.event !== "decision:closed") continue;
      refresher.soon();
    }
  });
  return {
    count,
    load,
    clear() {
      count.value = 0;
    },
  };
});
