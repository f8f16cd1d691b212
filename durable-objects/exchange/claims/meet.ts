/** Whose claims and requests keep a name from somebody (L1, L2). */
import { type ClaimMode, isPattern, namesMeet, readName, scopeOf } from "../../../shared/claims.ts";
import type { ClaimWait, HeldClaim } from "../store/claims.ts";
import type { Store } from "../store/store.ts";

export interface Wanted {
  /** The number of who wants it. */
  holder: number;
  names: readonly string[];
  mode: ClaimMode;
}

/** What others hold that keeps these names from somebody. */
export function heldAgainst({ claims }: Pick<Store, "claims">, wanted: Wanted): HeldClaim[] {
  const meets = matcherOf(wanted.names);
  return claims
    .near(wanted.names)
    .filter(({ holder, mode, name }) => holder !== wanted.holder && isAgainst(mode, wanted.mode) && meets(name));
}

/** Requests of others that are served first. `before`: the number of the own one; null for one that is not in line yet. */
export function waitsAgainst({ claims }: Pick<Store, "claims">, wanted: Wanted, before: number | null): ClaimWait[] {
  const waits = claims.waits().filter(({ number }) => before === null || number < before);
  if (waits.length === 0) return [];
  const meets = matcherOf(wanted.names);
  return waits.filter(
    ({ holder, mode, names }) => holder !== wanted.holder && isAgainst(mode, wanted.mode) && names.some(meets),
  );
}

/** How many requests wait for a name that is held. */
export function countWaits({ claims }: Pick<Store, "claims">, { name }: HeldClaim): number {
  const meets = matcherOf([name]);
  return claims.waits().filter(({ names }) => names.some(meets)).length;
}

function isAgainst(a: ClaimMode, b: ClaimMode): boolean {
  return a === "exclusive" || b === "exclusive";
}

/** Whether a name meets one of these. Names without wildcards meet by being the same, and are looked up. */
function matcherOf(names: readonly string[]): (name: string) => boolean {
  const literals = new Set(names);
  const scopes = Map.groupBy(names.map(readName), ({ scope }) => scope);
  const patterns = Map.groupBy(names.filter(isPattern).map(readName), ({ scope }) => scope);
  return (name) => {
    if (literals.has(name)) return true;
    const near = (isPattern(name) ? scopes : patterns).get(scopeOf(name));
    if (near === undefined) return false;
    const read = readName(name);
    return near.some((other) => namesMeet(read, other));
  };
}
