/** What sessions have for themselves, and who waits for it. */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { Claim } from "../../../shared/claims.ts";
import type { HubEventName } from "../../../shared/events.ts";
import type { ClaimPage } from "../../../shared/rest.ts";
import type { Hub } from "../adapter/hub.ts";
import { followStream } from "./follow-stream.ts";
import { createRefresher, failed, LOADING, type Loading, READY } from "./refresher.ts";

const REFRESH_PAUSE_MS = 500;
/** After these, holders or names are others. */
const ABOUT_CLAIMS: ReadonlySet<HubEventName> = new Set([
  "claim:granted",
  "claim:released",
  "instance:session_updated",
]);

export interface Claims {
  /** The oldest first. */
  held: ReadonlySignal<readonly Claim[]>;
  /** Whether there are more than are shown. */
  areMore: ReadonlySignal<boolean>;
  loading: ReadonlySignal<Loading>;
  /** Takes a name from whoever holds it. Rejects with a `RestProblem`. */
  take(name: string): Promise<void>;
}

export const ClaimsModel = createModel((hub: Hub): Claims => {
  const held = signal<readonly Claim[]>([]);
  const areMore = signal(false);
  const loading = signal<Loading>(LOADING);

  const refresher = createRefresher(async () => {
    try {
      const { items, nextCursor } = await hub.rest.get<ClaimPage>("/api/claims");
      held.value = items;
      areMore.value = nextCursor !== null;
      loading.value = READY;
    } catch (error) {
      loading.value = failed(error);
    }
  }, REFRESH_PAUSE_MS);

  void refresher.now();
  followStream(hub, {
    onEvents(events) {
      if (events.some(({ event }) => ABOUT_CLAIMS.has(event))) refresher.soon();
    },
    onGap: refresher.soon,
    onEnd: refresher.stop,
  });

  return {
    held,
    areMore,
    loading,
    async take(name) {
      await hub.rest.delete(`/api/claims?${new URLSearchParams({ name })}`);
      await refresher.now();
    },
  };
});
