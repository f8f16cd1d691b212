/** The Inbox (protocol H1, H2): what sessions ask of people, and what these answer. */
import { z } from "@hono/zod-openapi";
import { exchangeOf } from "../../durable-objects/env.ts";
import { Decision, DecisionAnswer, DecisionFilterState, DecisionKind, DecisionPage } from "../../shared/decisions.ts";
import { failure } from "../../shared/errors.ts";
import { MessageId } from "../../shared/ids.ts";
import { body, json, refuse, restRoute, resultOf } from "./declare.ts";
import { pageQuery } from "./messages.ts";

const tags = ["Decisions"];
const params = z.object({ id: MessageId });

export const listDecisions = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/decisions",
    tags,
    summary: "What sessions ask of people",
    description:
      "Open ones the oldest first, ended ones those that ended last first, any the newest first. `openCount` counts all that are open.",
    request: {
      query: pageQuery.extend({
        state: DecisionFilterState.default("open"),
        kind: DecisionKind.optional(),
        cursor: z
          .string()
          .regex(/^\d{1,15}(\.\d{1,15})?$/, "must be the nextCursor of the page before")
          .optional(),
      }),
    },
    responses: { 200: json(DecisionPage, "A page; without `nextCursor` it is the last") },
  },
  async (c) => {
    const { state, kind = null, limit, cursor = null } = c.req.valid("query");
    return c.json(await exchangeOf(c.env).decisions({ state, kind, limit, cursor }), 200);
  },
);

export const getDecision = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/decisions/{id}",
    tags,
    summary: "One decision, and what was answered",
    request: { params },
    responses: { 200: json(Decision, "The decision") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const decision = await exchangeOf(c.env).decision(id);
    return decision === null
      ? refuse(failure("not_found", `There is no decision ${id}, or it is forgotten by now.`))
      : c.json(decision, 200);
  },
);

export const answerDecision = restRoute(
  "member",
  {
    method: "post",
    path: "/api/decisions/{id}/answer",
    tags,
    summary: "Answer a decision",
    description:
      "The first answer counts; a later one is a `conflict` that says whose it was. A question takes any answer, one of its options or " +
      "another. An approval takes `allow` or `deny`, from keys of scope `approver` only, and none from the key with which the session " +
      "that asks is connected. A key whose pattern has the session that asks answers its questions after signing in only.",
    request: { params, ...body(DecisionAnswer) },
    responses: { 200: json(Decision, "It is answered, and the session that asked is told") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const { answer, note = null } = c.req.valid("json");
    const result = await resultOf(exchangeOf(c.env).answerDecision(id, answer, note, c.var.principal));
    return result.ok ? c.json(result.value, 200) : refuse(result);
  },
);
