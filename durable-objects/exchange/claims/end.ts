/** How claims end; what becomes free goes to those who wait in the same turn (L1). */
import { isoTime } from "../../iso-time.ts";
import type { HeldClaim } from "../store/claims.ts";
import type { Turn } from "../turn.ts";
import { announceLeaders } from "./leaders.ts";
import { serveWaits } from "./serve.ts";

export type ClaimEnd = "released" | "expired" | "gone" | "forced";

/** Ends claims, and gives what became free to those who wait. */
export function endClaims(turn: Turn, ended: readonly HeldClaim[], because: ClaimEnd): void {
  turn.store.claims.remove(ended.map(({ token }) => token));
  for (const [number, own] of Map.groupBy(ended, ({ holder }) => holder)) {
    const instanceId = turn.store.instances.idOf(number);
    const names = own.map(({ name }) => name);
    turn.tell({ event: "claim:released", timestamp: isoTime(turn.now), instanceId, names, because });
  }
  serveWaits(turn);
  announceLeaders(turn, ended, undefined);
}
