/** Who waits in line for claims, and for whom (L1), as people see it. */
import { CLAIM_WAIT_NAMES_SHOWN, CLAIM_WAITS_COMPARED } from "../../../shared/limits.ts";
import type { ClaimWaitPage, ClaimWait as ShownWait } from "../../../shared/rest.ts";
import { isoTime } from "../../iso-time.ts";
import type { ClaimWait } from "../store/claims.ts";
import type { Instance } from "../store/instances.ts";
import type { Store } from "../store/store.ts";
import type { Turn } from "../turn.ts";
import { type Comparisons, holdersAgainst, nextInLine } from "./meet.ts";

type View = Pick<Store, "claims" | "instances">;

/**
 * A page of those who wait, the first in line first; `after` is the number of the last wait of the page before. What is compared for
 * one page has a bound: a page that reaches it ends there, with fewer.
 */
export function waitPage(store: View, after: number, limit: number): ClaimWaitPage {
  const behind = store.claims.waits().filter(({ number }) => number > after);
  const comparisons: Comparisons = { left: CLAIM_WAITS_COMPARED };
  const items: ShownWait[] = [];
  let last: number | null = null;
  for (const wait of behind.slice(0, limit)) {
    if (comparisons.left <= 0) break;
    items.push(showWait(store, wait, comparisons));
    last = wait.number;
  }
  return { items, nextCursor: items.length < behind.length && last !== null ? String(last) : null };
}

/** Tells the stream that it waits for so many requests by now: it asked for one, or took one back. */
export function tellWaits(turn: Turn, { number, id: instanceId }: Pick<Instance, "number" | "id">): void {
  const waits = turn.store.claims.waits().filter(({ holder }) => holder === number).length;
  turn.tell({ event: "claim:waiting", timestamp: isoTime(turn.now), instanceId, waits });
}

function showWait(store: View, wait: ClaimWait, comparisons: Comparisons): ShownWait {
  const { holder, names, mode, askedAt, reason } = wait;
  const found = holdersAgainst(store, wait, comparisons);
  // What nobody holds is kept for who asked first, as long as that one waits for something else.
  const ahead = found.length === 0 ? nextInLine(store, wait, comparisons) : null;
  const more = names.length - CLAIM_WAIT_NAMES_SHOWN;
  const idOf = (number: number) => store.instances.idOf(number);
  return {
    instanceId: idOf(holder),
    names: names.slice(0, CLAIM_WAIT_NAMES_SHOWN),
    ...(more > 0 ? { more } : {}),
    mode,
    since: isoTime(askedAt),
    ...(reason === null ? {} : { reason }),
    waitsFor: [
      ...found.map((claim) => ({ instanceId: idOf(claim.holder), name: claim.name, isHeld: true })),
      ...(ahead === null ? [] : [{ instanceId: idOf(ahead.holder), name: ahead.name, isHeld: false }]),
    ],
  };
}
