/** What could not be delivered (Q6): why, again, or away. */
import { z } from "@hono/zod-openapi";
import { exchangeOf } from "../../durable-objects/env.ts";
import { MessageId } from "../../shared/ids.ts";
import { PAGE_MAX } from "../../shared/limits.ts";
import { DeadLetter } from "../../shared/rest.ts";
import { patternRefusal } from "../guards.ts";
import { json, refuse, restRoute, resultOf } from "./declare.ts";

const tags = ["Dead letters"];
const params = z.object({ id: MessageId });

export const listDeadLetters = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/dead-letters",
    tags,
    summary: "What expired, was given up or removed",
    responses: { 200: json(z.array(DeadLetter), `The newest ${PAGE_MAX}`) },
  },
  async (c) => {
    return c.json(await exchangeOf(c.env).deadLetters(PAGE_MAX), 200);
  },
);

export const retryDeadLetter = restRoute(
  "admin",
  {
    method: "post",
    path: "/api/dead-letters/{id}/retry",
    tags,
    summary: "Back into its queue, under its id, with a new time to live",
    request: { params },
    responses: { 200: json(z.object({ retried: z.literal(true), messageId: z.string() }), "It waits again") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const refusal = patternRefusal(c.var.principal, null);
    if (refusal !== null) return refuse(refusal);
    const result = await resultOf(exchangeOf(c.env).retryDeadLetter(id));
    return result.ok ? c.json({ retried: true as const, messageId: id }, 200) : refuse(result);
  },
);

export const dropDeadLetter = restRoute(
  "admin",
  {
    method: "delete",
    path: "/api/dead-letters/{id}",
    tags,
    summary: "Away for good",
    request: { params },
    responses: { 200: json(z.object({ dropped: z.literal(true), messageId: z.string() }), "It is gone") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const refusal = patternRefusal(c.var.principal, null);
    if (refusal !== null) return refuse(refusal);
    const result = await resultOf(exchangeOf(c.env).dropDeadLetter(id));
    return result.ok ? c.json({ dropped: true as const, messageId: id }, 200) : refuse(result);
  },
);
