/** What ends decisions without a word of anybody: time, and askers that are gone (H1, H2). */
import { APPROVAL_AWAY_MS } from "../../../shared/limits.ts";
import type { OpenDecision } from "../store/decisions.ts";
import type { Instance } from "../store/instances.ts";
import type { Turn } from "../turn.ts";
import { endDecision } from "./end.ts";
import { askerOf } from "./people.ts";
import { tellExpired } from "./tell-asker.ts";

/** One transaction ends so many: each may be a message. */
const PIECE = 100;

/**
 * Ends what is past its time, and approvals whose asker is away too long. What is left is due at once again. `startedAt`: nobody
 * could come back before.
 */
export function runDecisions(turn: Turn, startedAt: number): void {
  const due = turn.store.decisions.open().filter((open) => endOf(turn, open, startedAt) <= turn.now);
  for (const open of due.slice(0, PIECE)) {
    if (open.expiresAt <= turn.now) expire(turn, open);
    else endDecision(turn, open, { state: "withdrawn" });
  }
}

/** When decisions next end by themselves, epoch ms; null for never. */
export function nextDecisionEnd(turn: Turn, startedAt: number): number | null {
  const ends = turn.store.decisions.open().map((open) => endOf(turn, open, startedAt));
  return ends.length === 0 ? null : Math.min(...ends);
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

/** When a decision ends by itself, as things are now, epoch ms. */
function endOf(turn: Turn, open: OpenDecision, startedAt: number): number {
  return Math.min(open.expiresAt, abandonedAt(turn, open, startedAt) ?? open.expiresAt);
}

/** When nobody waits for an approval any more, epoch ms; null while its asker is there, and for questions. */
function abandonedAt({ store, links }: Turn, open: OpenDecision, startedAt: number): number | null {
  if (open.kind === "question") return null;
  const asker = askerOf(store, open);
  if (asker === undefined) return 0;
  if (links.isOnline(asker) || asker.isOnline) return null;
  return Math.max(asker.lastSeenAt, startedAt) + APPROVAL_AWAY_MS;
}
