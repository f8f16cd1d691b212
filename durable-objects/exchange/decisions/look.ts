/** Decisions as people and sessions see them. */
import type { Decision, DecisionPage } from "../../../shared/decisions.ts";
import { failure, type Result, success } from "../../../shared/errors.ts";
import type { DecisionFrame } from "../../../shared/protocol.ts";
import { isoTime } from "../../iso-time.ts";
import type { OpOf } from "../../link.ts";
import type { DecisionsRequest } from "../../rpc-types.ts";
import type { Link } from "../links.ts";
import type { StoredDecision } from "../store/decisions.ts";
import type { Store } from "../store/store.ts";
import type { Turn } from "../turn.ts";
import { askerIdOf, askerOf } from "./people.ts";

type View = Pick<Store, "decisions" | "instances">;

/** A decision with all that is known of it. */
export function showDecision(store: View, decision: StoredDecision): Decision {
  const { decisionId, kind, state, question, options, context, fallback, tool, openedAt, expiresAt, endedAt } =
    decision;
  const role = askerOf(store, decision)?.role ?? null;
  return {
    decisionId,
    kind,
    state,
    instanceId: askerIdOf(store, decision),
    ...(role === null ? {} : { role }),
    question,
    ...(options === null ? {} : { options }),
    ...(context === null ? {} : { context }),
    ...(fallback === null ? {} : { default: fallback }),
    ...(tool === null ? {} : { tool }),
    openedAt: isoTime(openedAt),
    until: isoTime(expiresAt),
    ...(endedAt === null ? {} : { endedAt: isoTime(endedAt) }),
    ...answerOf(decision),
    ...(options === null || decision.answer === null ? {} : { isOption: options.includes(decision.answer) }),
  };
}

/** What was answered, by whom. */
export function answerOf({
  answer,
  answeredBy,
  note,
}: StoredDecision): Pick<DecisionFrame, "answer" | "answeredBy" | "note"> {
  return {
    ...(answer === null ? {} : { answer }),
    ...(answeredBy === null ? {} : { answeredBy }),
    ...(note === null ? {} : { note }),
  };
}

/** Does a `get_decision`: for who asked. */
export function getDecision(turn: Turn, { instance }: Link, { decisionId }: OpOf<"get_decision">): Result<object> {
  const own = ownDecision(turn.store, instance, decisionId);
  return own.ok ? success({ decision: showDecision(turn.store, own.value) }) : own;
}

/** A decision that this instance asked for. */
export function ownDecision(store: View, instance: Link["instance"], decisionId: string): Result<StoredDecision> {
  const decision = store.decisions.find(decisionId);
  if (decision === undefined) return unknown(decisionId);
  if (askerOf(store, decision) === instance) return success(decision);
  return failure("forbidden", `Who asked for the decision ${decisionId} is ${askerIdOf(store, decision)}.`);
}

export function unknown(decisionId: string) {
  return failure("not_found", `Nobody was asked for a decision ${decisionId}, or that is forgotten by now.`);
}

/** Does `GET /api/decisions`: open ones the oldest first, ended ones the newest by their ends, all the newest by their beginnings. */
export function decisionPage(store: View, { state, kind, limit, cursor }: DecisionsRequest): DecisionPage {
  const { decisions } = store;
  const [place = null, number = null] = cursor?.split(".").map(Number) ?? [];
  const filter = { kind, limit: limit + 1 };
  const last = Number.MAX_SAFE_INTEGER;
  const found =
    state === "open"
      ? decisions.pageOfOpen(filter, place ?? 0)
      : state === "any"
        ? decisions.pageOfAny(filter, place ?? last)
        : decisions.pageOfEnded(filter, { endedAt: place ?? last, number: number ?? last });
  const items = found.slice(0, limit);
  const end = items.at(-1);
  const nextCursor =
    found.length <= limit || end === undefined
      ? {}
      : { nextCursor: state === "ended" ? `${end.endedAt}.${end.number}` : String(end.number) };
  return {
    items: items.map((decision) => showDecision(store, decision)),
    ...nextCursor,
    openCount: decisions.openCount,
  };
}
