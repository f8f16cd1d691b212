/** Who waits in line for claims, kept true. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent, HubEventName } from "../../../shared/events.ts";
import type { ClaimWait, ClaimWaitPage } from "../../../shared/rest.ts";
import type { Hub } from "../adapter/hub.ts";
import { keepRead } from "./keep-read.ts";
import type { Loading } from "./refresher.ts";

/** The hub ends a page early where much is compared for it; these are more than anybody looks through. */
const PAGES = 5;

/** After these, who holds, who waits or what they are called is another. */
const ABOUT_CLAIMS: ReadonlySet<HubEventName> = new Set([
  "claim:waiting",
  "claim:granted",
  "claim:released",
  "instance:session_updated",
]);

export function isAboutClaims({ event }: HubEvent): boolean {
  return ABOUT_CLAIMS.has(event);
}

/** Call it in the factory of a model. */
export function keepClaimWaits(hub: Hub): {
  claimWaits: ReadonlySignal<readonly ClaimWait[]>;
  loading: ReadonlySignal<Loading>;
} {
  const claimWaits = signal<readonly ClaimWait[]>([]);
  const { loading } = keepRead(hub, {
    async read() {
      const all: ClaimWait[] = [];
      let cursor: string | null = "0";
      for (let pages = 0; pages < PAGES && cursor !== null; pages++) {
        const page: ClaimWaitPage = await hub.rest.get<ClaimWaitPage>("/api/claims/waits", { query: { cursor } });
        all.push(...page.items);
        cursor = page.nextCursor;
      }
      claimWaits.value = all;
    },
    isAbout: isAboutClaims,
  });
  return { claimWaits, loading };
}
