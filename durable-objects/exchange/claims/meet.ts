/** Whose claims and requests keep a name from somebody (L1, L2). */
import { type ClaimMode, isPattern, namesMeet, readName, scopeOf } from "../../../shared/claims.ts";
import type { ClaimWait, HeldClaim } from "../store/claims.ts";
import type { Store } from "../store/store.ts";

/** How many comparisons somebody who only looks may still cause. */
export interface Comparisons {
  left: number;
}

/** As many of those whom one request waits for as are told. */
const HOLDERS_MAX = 20;

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

/** For who looks: one claim of each of those that keep these names from somebody, the oldest first, as far as comparing goes. */
export function holdersAgainst(
  { claims }: Pick<Store, "claims">,
  wanted: Wanted,
  comparisons: Comparisons,
): HeldClaim[] {
  const meets = matcherOf(wanted.names);
  const patterns = wanted.names.filter(isPattern).length;
  const byHolder = new Map<number, HeldClaim>();
  for (const claim of claims.near(wanted.names, Math.max(comparisons.left, 0))) {
    comparisons.left -= 1 + (isPattern(claim.name) ? wanted.names.length : patterns);
    const { holder, mode, name } = claim;
    if (holder === wanted.holder || byHolder.has(holder) || !isAgainst(mode, wanted.mode) || !meets(name)) continue;
    byHolder.set(holder, claim);
    if (byHolder.size === HOLDERS_MAX || comparisons.left <= 0) break;
  }
  return [...byHolder.values()];
}

/** For who looks: who stands before a request in line, and for which name; null for nobody, as far as comparing goes. */
export function nextInLine(
  { claims }: Pick<Store, "claims">,
  wanted: ClaimWait,
  comparisons: Comparisons,
): { holder: number; name: string } | null {
  const meets = matcherOf(wanted.names);
  for (const { number, holder, mode, names } of claims.waits()) {
    if (number >= wanted.number || comparisons.left <= 0) return null;
    if (holder === wanted.holder || !isAgainst(mode, wanted.mode)) continue;
    comparisons.left -= names.length;
    const name = names.find(meets);
    if (name !== undefined) return { holder, name };
  }
  return null;
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
