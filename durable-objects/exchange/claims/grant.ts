/** What becomes somebody's (L1). */
import type { ClaimMode } from "../../../shared/claims.ts";
import { isoTime } from "../../iso-time.ts";
import type { Instance } from "../store/instances.ts";
import type { Turn } from "../turn.ts";
import { announceLeaders } from "./leaders.ts";

export interface ClaimTerms {
  names: readonly string[];
  mode: ClaimMode;
  ttlMs: number;
  reason: string | null;
}

/** Stores what is free as held. */
export function grant(turn: Turn, instance: Instance, { names, mode, ttlMs, reason }: ClaimTerms): object {
  const { claims } = turn.store;
  const own = new Map(claims.of(instance.number).map((claim) => [claim.name, claim]));
  const expiresAt = turn.now + ttlMs;
  const fresh: { name: string; token: number }[] = [];
  const granted = names.map((name) => {
    const before = own.get(name);
    if (before?.mode === mode) {
      claims.extend(before.token, expiresAt, reason);
      return { name, token: before.token };
    }
    if (before !== undefined) claims.remove([before.token]);
    const token = claims.add({ name, holder: instance.number, mode, grantedAt: turn.now, expiresAt, reason });
    fresh.push({ name, token });
    return { name, token };
  });
  turn.noteClaimEnd(expiresAt);
  const until = isoTime(expiresAt);
  if (fresh.length > 0) {
    const { id: instanceId } = instance;
    const why = reason === null ? {} : { reason };
    turn.tell({ event: "claim:granted", timestamp: isoTime(turn.now), instanceId, mode, claims: fresh, until, ...why });
    announceLeaders(turn, fresh, instance);
  }
  return { mode, claims: granted, until };
}
