/** Claims as people and sessions see them. */
import type { Claim } from "../../../shared/claims.ts";
import { type Result, success } from "../../../shared/errors.ts";
import type { ClaimPage } from "../../../shared/rest.ts";
import { isoTime } from "../../iso-time.ts";
import type { OpOf } from "../../link.ts";
import type { Link } from "../links.ts";
import type { HeldClaim } from "../store/claims.ts";
import type { Store } from "../store/store.ts";
import type { Turn } from "../turn.ts";
import { countWaits } from "./meet.ts";

type View = Pick<Store, "claims" | "instances">;

export function describeClaim(store: View, claim: HeldClaim): Claim {
  const { name, mode, token, reason } = claim;
  return {
    name,
    instanceId: store.instances.byNumber(claim.holder)?.id ?? "",
    mode,
    token,
    since: isoTime(claim.grantedAt),
    until: isoTime(claim.expiresAt),
    ...(reason === null ? {} : { reason }),
    waiting: countWaits(store, claim),
  };
}

/** A page of all that is held, by token: the oldest first. `after` is the token of the page before. */
export function claimPage(store: View, after: number, limit: number): ClaimPage {
  const found = store.claims.page(after, limit + 1);
  const shown = found.slice(0, limit);
  const nextCursor = found.length > limit ? String(shown.at(-1)?.token) : null;
  return { items: shown.map((claim) => describeClaim(store, claim)), nextCursor };
}

/** Does a `list_claims`. */
export function listClaims(
  turn: Turn,
  { instance }: Link,
  { mine, after, limit }: OpOf<"list_claims">,
): Result<object> {
  if (!mine) {
    const { items, nextCursor } = claimPage(turn.store, after, limit);
    return success({ claims: items, ...(nextCursor === null ? {} : { after: Number(nextCursor) }) });
  }
  const { claims } = turn.store;
  const own = claims.of(instance.number).map((claim) => describeClaim(turn.store, claim));
  const waits = claims.waits().filter(({ holder }) => holder === instance.number);
  return success({
    claims: own,
    waits: waits.map(({ names, mode, askedAt }) => ({ names, mode, since: isoTime(askedAt) })),
  });
}
