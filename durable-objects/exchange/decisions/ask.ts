/** What sessions ask of people, and take back (H1, H2). */
import { type Failure, failure, type Result, success } from "../../../shared/errors.ts";
import { DECISIONS_OPEN_MAX, DECISIONS_OPEN_PER_INSTANCE } from "../../../shared/limits.ts";
import { isoTime } from "../../iso-time.ts";
import type { DecisionTerms, OpOf } from "../../link.ts";
import { log } from "../../log.ts";
import { storeFullness } from "../accept.ts";
import type { Link } from "../links.ts";
import { DISK_FULL } from "../room.ts";
import type { StoredDecision } from "../store/decisions.ts";
import type { Turn } from "../turn.ts";
import { endDecision } from "./end.ts";
import { answerOf, ownDecision } from "./look.ts";
import { askerOf } from "./people.ts";

/** Of those that an asker waits for already, so many are named: it may have forgotten them. */
const OLDEST_NAMED = 5;

/** Does an `ask_human` or `ask_approval`. The same again under its id is answered again, with how far it is by now. */
export function askDecision(turn: Turn, link: Link, op: OpOf<"ask_decision">): Result<object> {
  const { store, now } = turn;
  const known = store.decisions.find(op.decisionId);
  if (known !== undefined) return repeat(turn, link, op, known);
  const refusal = refusalOf(turn, link, op);
  if (refusal !== null) return refusal;
  const { do: _, timeoutMs, ...asked } = op;
  const { instance, principal } = link;
  const decision = store.decisions.add({
    ...asked,
    asker: instance.number,
    askedWith: principal.keyId,
    openedAt: now,
    expiresAt: now + timeoutMs,
    owes: turn.settings.webhookUrl === null ? null : "opened",
  });
  const { decisionId, kind, expiresAt } = decision;
  const until = isoTime(expiresAt);
  turn.noteDecisionCheck(expiresAt);
  turn.tell({
    event: "decision:opened",
    timestamp: isoTime(now),
    decisionId,
    kind,
    instanceId: instance.id,
    until,
  });
  log("info", "decision asked for", { decision: decisionId, kind, instance: instance.id, tool: decision.tool });
  return success({ decisionId, until, state: decision.state });
}

/** Does a `withdraw_decision`: nobody waits for it any more. One that has ended stays as it is. */
export function withdrawDecision(
  turn: Turn,
  { instance }: Link,
  { decisionId }: OpOf<"withdraw_decision">,
): Result<object> {
  const own = ownDecision(turn.store, instance, decisionId);
  if (!own.ok) return own;
  const decision = own.value.state === "open" ? endDecision(turn, own.value, { state: "withdrawn" }) : own.value;
  return success({ decisionId, state: decision.state });
}

function repeat(turn: Turn, { instance }: Link, terms: DecisionTerms, known: StoredDecision): Result<object> {
  if (askerOf(turn.store, known) !== instance || !isSame(terms, known)) return usedId(terms.decisionId);
  const { decisionId, expiresAt, state } = known;
  return success({ decisionId, until: isoTime(expiresAt), state, ...answerOf(known), duplicate: true });
}

/** The time it has is that of the first time. */
function isSame(terms: DecisionTerms, known: StoredDecision): boolean {
  const fieldsOf = ({ kind, question, options, context, fallback, tool }: DecisionTerms | StoredDecision) =>
    JSON.stringify([kind, question, options, context, fallback, tool]);
  return fieldsOf(terms) === fieldsOf(known);
}

function usedId(id: string): Failure {
  return failure("conflict", `The id ${id} is already used for another decision or message; take a new one.`);
}

function refusalOf(turn: Turn, { instance }: Link, { decisionId }: DecisionTerms): Failure | null {
  const { decisions, messages, tasks, broadcasts } = turn.store;
  if (!turn.hasRoom) return DISK_FULL;
  const full = storeFullness(turn);
  if (full !== null) return full;
  // Answers to a decision are refused: nobody shall have those to somebody's message refused by asking under its id.
  if (messages.has(decisionId) || tasks.has(decisionId) || broadcasts.has(decisionId)) return usedId(decisionId);
  if (decisions.openCount >= DECISIONS_OPEN_MAX) {
    return failure(
      "conflict",
      `People are asked ${DECISIONS_OPEN_MAX} things already, and no more fit: try again later.`,
    );
  }
  const own = decisions.open().filter((decision) => askerOf(turn.store, decision) === instance);
  if (own.length < DECISIONS_OPEN_PER_INSTANCE) return null;
  const oldest = own.slice(0, OLDEST_NAMED).map((decision) => decision.decisionId);
  return failure(
    "conflict",
    `You wait for ${own.length} decisions already: withdraw some that are moot, or wait until they are answered.`,
    { details: { oldest } },
  );
}
