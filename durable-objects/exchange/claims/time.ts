/** What ends claims without a word of their holder: time, absence, removal, an operator (L1). */
import { failure, type Result, success } from "../../../shared/errors.ts";
import { CLAIM_AWAY_MS } from "../../../shared/limits.ts";
import type { HeldClaim } from "../store/claims.ts";
import type { Instance } from "../store/instances.ts";
import { tellInstance } from "../tell.ts";
import type { Turn } from "../turn.ts";
import { endClaims } from "./end.ts";
import { listOf, serveWaits } from "./serve.ts";
import { tellWaits } from "./who-waits.ts";

/** Ends what is past its time, and what those hold who are away too long. `startedAt`: nobody could come back before. */
export function runClaims(turn: Turn, startedAt: number): void {
  const { claims, instances } = turn.store;
  const overdue = claims.overdue(turn.now);
  if (overdue.length > 0) {
    endClaims(turn, overdue, "expired");
    tellHolders(turn, overdue, "Its time was over: claim it again, and only then go on.");
  }
  for (const number of claims.holders()) {
    const instance = instances.byNumber(number);
    if (instance !== undefined && (awayUntil(turn, instance, startedAt) ?? turn.now + 1) > turn.now) continue;
    const held = claims.of(number);
    dropClaimsOf(turn, number);
    if (held.length > 0) tellHolders(turn, held, "You were away for more than two minutes.");
  }
}

/** When claims next end by themselves, epoch ms; null for never. */
export function nextClaimEnd(turn: Turn, startedAt: number): number | null {
  const { claims, instances } = turn.store;
  const times = [...claims.holders()].flatMap((number) => {
    const instance = instances.byNumber(number);
    return instance === undefined ? [turn.now] : (awayUntil(turn, instance, startedAt) ?? []);
  });
  const expiry = claims.nextExpiry();
  if (expiry !== null) times.push(expiry);
  return times.length === 0 ? null : Math.min(...times);
}

/** Ends all that an instance holds and waits for: it is gone. */
export function dropClaimsOf(turn: Turn, number: number): void {
  const { claims } = turn.store;
  const waits = claims.waits().filter((wait) => wait.holder === number);
  for (const wait of waits) claims.removeWait(wait.number);
  if (waits.length > 0) tellWaits(turn, { number, id: turn.store.instances.idOf(number) });
  const held = claims.of(number);
  if (held.length > 0) endClaims(turn, held, "gone");
  else serveWaits(turn);
}

/** Does `DELETE /api/claims`: takes a name from whoever holds it, and tells them. */
export function forceRelease(turn: Turn, name: string, by: string): Result<string[]> {
  const held = turn.store.claims.named(name);
  if (held.length === 0) return failure("not_found", `Nobody holds ${name}.`);
  endClaims(turn, held, "forced");
  tellHolders(turn, held, `${by} took it from you: stop what you do with it, and ask before you claim it again.`);
  return success(held.map(({ holder }) => turn.store.instances.byNumber(holder)?.id ?? ""));
}

/** When the claims of somebody who is away end, epoch ms; null for one who is there. */
function awayUntil({ links }: Turn, instance: Instance, startedAt: number): number | null {
  if (links.isOnline(instance) || instance.isOnline) return null;
  return Math.max(instance.lastSeenAt, startedAt) + CLAIM_AWAY_MS;
}

function tellHolders(turn: Turn, ended: readonly HeldClaim[], why: string): void {
  for (const [number, own] of Map.groupBy(ended, ({ holder }) => holder)) {
    const names = listOf(own.map(({ name }) => name));
    const content = `You do not hold ${names} any more. ${why}`;
    tellInstance(turn, turn.store.instances.byNumber(number), { part: "claims", type: "result", content });
  }
}
