/** How decisions end: once, and whoever asked is told in the same turn (H1, H2). */
import { canBecome, type DecisionOutcome } from "../../../shared/decision-state.ts";
import { DECISIONS_ENDED_MAX } from "../../../shared/limits.ts";
import { isoTime } from "../../iso-time.ts";
import type { OpenDecision, StoredDecision } from "../store/decisions.ts";
import type { Turn } from "../turn.ts";
import { answerOf } from "./look.ts";
import { askerOf } from "./people.ts";

/** So many are forgotten at once, so that not every end forgets one. */
const FORGOTTEN_AT_ONCE = 500;

/** Ends an open decision. An approval's end goes to who is connected; the message of a question is for the caller to send. */
export function endDecision(turn: Turn, open: OpenDecision, outcome: DecisionOutcome): StoredDecision {
  const { decisions } = turn.store;
  const before = decisions.find(open.decisionId);
  if (before === undefined || !canBecome(before.state, outcome.state)) {
    throw new Error(`the decision ${open.decisionId} is ${before?.state}, and cannot become ${outcome.state}`);
  }
  const decision = decisions.end(open, outcome, turn.now, turn.settings.webhookUrl !== null);
  const by = decision.answeredBy === null ? {} : { by: decision.answeredBy };
  const { decisionId } = decision;
  turn.tell({
    event: "decision:closed",
    timestamp: isoTime(turn.now),
    decisionId,
    state: outcome.state,
    ...by,
  });
  if (decision.kind === "approval") tellAsker(turn, decision, outcome.state);
  if (decisions.endedCount > DECISIONS_ENDED_MAX) decisions.forgetLeast(FORGOTTEN_AT_ONCE);
  return decision;
}

/** An approval is worth nothing later: who is not there does not hear of it, and asks again when it comes back. */
function tellAsker(turn: Turn, decision: StoredDecision, state: DecisionOutcome["state"]): void {
  const link = turn.links.of(askerOf(turn.store, decision));
  if (link === undefined || link.version === 1) return;
  const { head } = turn.to(link);
  head.decisions ??= [];
  head.decisions.push({ action: "decision", decisionId: decision.decisionId, state, ...answerOf(decision) });
}
