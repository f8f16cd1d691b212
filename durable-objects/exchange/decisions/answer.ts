/** A person answers (H1, H2). The first answer counts; who comes later is told whose that was. */
import { VERDICTS } from "../../../shared/decision-state.ts";
import type { Decision } from "../../../shared/decisions.ts";
import { type Failure, failure, type Result, success } from "../../../shared/errors.ts";
import { isoTime } from "../../iso-time.ts";
import { log } from "../../log.ts";
import type { Principal } from "../../principal.ts";
import { quote } from "../quote.ts";
import { DISK_FULL } from "../room.ts";
import type { StoredDecision } from "../store/decisions.ts";
import type { Turn } from "../turn.ts";
import { endDecision } from "./end.ts";
import { showDecision, unknown } from "./look.ts";
import { answerRefusal, askerIdOf, nameOf } from "./people.ts";
import { tellAnswer } from "./tell-asker.ts";

/** What came by REST, and from whom. */
export interface GivenAnswer {
  answer: string;
  note: string | null;
  by: Principal;
}

/** Does `POST /api/decisions/:id/answer`. */
export function answerDecision(turn: Turn, decisionId: string, given: GivenAnswer): Result<Decision> {
  const open = turn.store.decisions.find(decisionId);
  if (open === undefined) return unknown(decisionId);
  const refusal = answerRefusal(turn, open, given.by) ?? endedRefusal(open) ?? verdictRefusal(open, given.answer);
  if (refusal !== null) return refusal;
  if (!turn.hasRoom) return DISK_FULL;
  const { answer, note, by } = given;
  const answeredBy = nameOf(by);
  if (open.kind === "question") {
    // Said first: an answer that the queue of who asked cannot take is not given.
    const untold = tellAnswer(turn, open, { answer, answeredBy, note });
    if (untold !== null) return untold;
  }
  const decision = endDecision(turn, open, { state: "answered", answer, answeredBy, note });
  noteAnswer(turn, decision, by);
  return success(showDecision(turn.store, decision));
}

/** Who comes too late hears who was first, and what that said. */
function endedRefusal({ state, answer, answeredBy, endedAt }: StoredDecision): Failure | null {
  const details = { state, ...(answer === null ? {} : { answer }), ...(answeredBy === null ? {} : { answeredBy }) };
  const at = isoTime(endedAt ?? 0);
  switch (state) {
    case "open":
      return null;
    case "answered":
      return failure("conflict", `${answeredBy} answered it already, at ${at}: ${quote(answer ?? "")}.`, { details });
    case "expired": {
      const what = answer === null ? "" : ` and its default counted: ${quote(answer)}`;
      return failure("conflict", `Its time was over at ${at}${what}.`, { details });
    }
    case "withdrawn":
      return failure("conflict", `It was taken back at ${at}; nobody waits for it any more.`, { details });
  }
}

function verdictRefusal({ kind }: StoredDecision, answer: string): Failure | null {
  if (kind === "question" || VERDICTS.some((verdict) => verdict === answer)) return null;
  return failure(
    "invalid_payload",
    "The answer to an approval is allow or deny; what is to be said besides is its note.",
  );
}

/** The audit log: who decided what, by which key. What a question was, and its answer, are not for the log. */
function noteAnswer(turn: Turn, decision: StoredDecision, { keyId, sessionId }: Principal): void {
  const { decisionId, kind, tool, answer, answeredBy } = decision;
  log("info", "decision answered", {
    decision: decisionId,
    kind,
    instance: askerIdOf(turn.store, decision),
    ...(kind === "approval" ? { tool, answer } : {}),
    by: answeredBy,
    key: keyId,
    isSignedIn: sessionId !== undefined,
  });
}
