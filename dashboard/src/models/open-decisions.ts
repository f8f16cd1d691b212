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

export const OpenDecisionsModel = createModel((hub: Hub): OpenDecisions => {
  const count = signal(0);
  const load = async () => {
    const { openCount } = await hub.rest.get<DecisionPage>("/api/decisions", { query: { limit: 1 } });
    count.value = openCount;
  };
  // Without an answer the last count stays; the page says by itself that the hub is away.
  const refresher = createRefresher(() => load().catch(() => {}), REFRESH_PAUSE_MS);
  hub.stream.onEvents((events) => {
    if (events.some(({ event }) => event === "decision:opened" || event === "decision:closed")) refresher.soon();
  });
  return {
    count,
    load,
    clear() {
      count.value = 0;
    },
  };
});
