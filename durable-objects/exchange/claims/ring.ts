/** Waiting in a ring would never end: who waits for whom, as far as it leads back to the one who asks. */
import type { Turn } from "../turn.ts";
import { heldAgainst, type Wanted } from "./meet.ts";

/** Returns the ring that this wait would close, as people read it; null for none. */
export function ringOf(turn: Turn, wanted: Wanted): string | null {
  const { claims, instances } = turn.store;
  const seen = new Set<number>();
  const nameOf = (number: number) => instances.byNumber(number)?.id ?? "one who is gone";
  const search = (from: Wanted, path: readonly string[]): string | null => {
    for (const { holder, name } of heldAgainst(turn.store, from)) {
      const step = [...path, `${nameOf(holder)} holds ${name}`];
      if (holder === wanted.holder) return step.join(", waits, and ");
      if (seen.has(holder)) continue;
      seen.add(holder);
      for (const next of claims.waits().filter((wait) => wait.holder === holder)) {
        const found = search(next, step);
        if (found !== null) return found;
      }
    }
    return null;
  };
  return search(wanted, []);
}
