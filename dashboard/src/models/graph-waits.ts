/** Who waits for whom, as the graph draws it. */
import { ageLevel, ringKeysOf, type Waits } from "./waits.ts";

export interface WaitArrow {
  key: string;
  /** Who waits, and for whom. */
  from: string;
  to: string;
  age: 0 | 1 | 2 | 3;
  isInRing: boolean;
  count: number;
}

/** Between instances only: what waits for any of a role has nowhere to point. */
export function waitArrowsOf(waits: Waits, now: number): WaitArrow[] {
  const inRing = ringKeysOf(waits);
  return waits.edges
    .filter(({ owner, waiter }) => owner.includes("@") && waiter.includes("@"))
    .map(({ key, waiter, owner, since, items }) => ({
      key,
      from: waiter,
      to: owner,
      age: ageLevel(since, now),
      isInRing: inRing.has(key),
      count: items.length,
    }));
}
