/** What ends decisions without a word of anybody: time, and askers that are gone (H1, H2). */
import { APPROVAL_AWAY_MS } from "../../../shared/limits.ts";
import type { OpenDecision } from "../store/decisions.ts";
import type { Instance } from "../store/instances.ts";
import type { Turn } from "../turn.ts";
import { endDecision } from "./end.ts";
import { askerOf } from "./people.ts";
import { tellExpired } from "./tell-asker.ts";

/** Ends what is past its time, and approvals whose asker is away too long. `startedAt`: nobody could come back before. */
export function runDecisions(turn: Turn, startedAt: number): void {
  for (const open of turn.store.decisions.open()) {
    if (open.expiresAt <= turn.now) expire(turn, open);
    else if ((abandonedAt(turn, open, startedAt) ?? turn.now + 1) <= turn.now) {
      endDecision(turn, open, { state: "withdrawn" });
    }
  }
}

/** When decisions next end by themselves, epoch ms; null for never. */
export function nextDecisionEnd(turn: Turn, startedAt: number): number | null {
  let next: number | null = null;
  for (const open of turn.store.decisions.open()) {
    const at = Math.min(open.expiresAt, abandonedAt(turn, open, startedAt) ?? open.expiresAt);
    if (next === null || at < next) next = at;
  }
  return next;
}

/** Of an instance that is removed: what it asked is another's that goes on for it, or nobody waits for it any more. */
export function dropDecisionsOf(turn: Turn, instance: Instance): void {
  const { decisions, instances } = turn.store;
  const heir = instances.current(instance);
  if (heir !== undefined && heir !== instance) {
    decisions.move(instance.number, heir.number);
    return;
  }
  for (const open of decisions.open()) {
    if (open.asker === instance.number) endDecision(turn, open, { state: "withdrawn" });
  }
}

/** A default counts where nobody answered. An asker whose queue is full finds the outcome by `get_decision` only. */
function expire(turn: Turn, open: OpenDecision): void {
  const decision = turn.store.decisions.find(open.decisionId);
  if (decision === undefined) return;
  const ended = endDecision(turn, decision, { state: "expired", answer: decision.fallback });
  if (ended.kind === "question") tellExpired(turn, ended);
}

/** When nobody waits for an approval any more, epoch ms; null while its asker is there, and for questions. */
function abandonedAt({ store, links }: Turn, open: OpenDecision, startedAt: number): number | null {
  if (open.kind === "question") return null;
  const asker = askerOf(store, open);
  if (asker === undefined) return 0;
  if (links.isOnline(asker) || asker.isOnline) return null;
  return Math.max(asker.lastSeenAt, startedAt) + APPROVAL_AWAY_MS;
}
