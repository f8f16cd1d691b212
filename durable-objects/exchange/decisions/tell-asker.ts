/** What the session that asked a question hears: one message, durable like any other, from an id that nobody can take (H1). */
import type { Failure } from "../../../shared/errors.ts";
import type { Metadata } from "../../../shared/message.ts";
import { quote } from "../quote.ts";
import type { StoredDecision } from "../store/decisions.ts";
import { tellInstance } from "../tell.ts";
import type { Turn } from "../turn.ts";
import { askerOf } from "./people.ts";

/** Tells what a person answered. Returns why that could not be told. */
export function tellAnswer(
  turn: Turn,
  decision: StoredDecision,
  { answer, answeredBy, note }: { answer: string; answeredBy: string; note: string | null },
): Failure | null {
  const more = note === null ? "" : `\n\n${answeredBy} adds: ${note}`;
  const metadata: Metadata = { decision: "answered", answeredBy };
  if (decision.options !== null) metadata.isOption = decision.options.includes(answer);
  return tell(turn, decision, `${answer} — ${answeredBy}, in the inbox${more}`, metadata);
}

/** Tells that nobody answered in time, and what counts now. */
export function tellExpired(turn: Turn, decision: StoredDecision): Failure | null {
  const { question, fallback } = decision;
  const asked = quote(question.length > ASKED_LENGTH ? `${question.slice(0, ASKED_LENGTH).toWellFormed()}…` : question);
  if (fallback !== null) {
    const content = `${fallback} — your default, since nobody answered ${asked} in time`;
    return tell(turn, decision, content, { decision: "default" });
  }
  const content = `Nobody answered ${asked} in time, and you named no default: do only what is safe without an answer, or ask again.`;
  return tell(turn, decision, content, { decision: "expired" });
}

/** As much of a question as a sentence repeats. */
const ASKED_LENGTH = 200;

function tell(turn: Turn, decision: StoredDecision, content: string, metadata: Metadata): Failure | null {
  const { decisionId: replyToMessageId } = decision;
  const asker = askerOf(turn.store, decision);
  return tellInstance(turn, asker, { part: "inbox", type: "result", content, replyToMessageId, metadata });
}
