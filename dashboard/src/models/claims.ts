/** What sessions have for themselves, and who waits for it. */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { Claim } from "../../../shared/claims.ts";
import type { ClaimPage } from "../../../shared/rest.ts";
import type { Hub } from "../adapter/hub.ts";
import { isAboutClaims } from "./claim-waits.ts";
import { keepRead } from "./keep-read.ts";
import type { Loading } from "./refresher.ts";

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

  const { loading, refresher } = keepRead(hub, {
    async read() {
      const { items, nextCursor } = await hub.rest.get<ClaimPage>("/api/claims");
      held.value = items;
      areMore.value = nextCursor !== null;
    },
    isAbout: isAboutClaims,
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
