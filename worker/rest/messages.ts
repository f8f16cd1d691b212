/** History. */
import { z } from "@hono/zod-openapi";
import { type Env, exchangeOf, journalOf } from "../../durable-objects/env.ts";
import { failure } from "../../shared/errors.ts";
import { type CopyCounts, MessagePage, MessageRecord } from "../../shared/history.ts";
import { MessageId } from "../../shared/ids.ts";
import { PAGE_DEFAULT, PAGE_MAX } from "../../shared/limits.ts";
import { json, refuse, restRoute, resultOf } from "./declare.ts";

const tags = ["Messages"];

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
  cursor: z.string().min(1).max(200).optional().meta({ description: "`nextCursor` of the page before" }),
});

/** Where the cursor is a place in an order. */
export const positionQuery = pageQuery.extend({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, "must be the nextCursor of the page before")
    .optional(),
});

export const searchQuery = pageQuery.extend({
  q: z.string().max(1_000).default("").meta({
    description:
      'Words, "phrases", -negation, and from: to: with: type: topic: role: project: is: after: before: as operators',
  }),
});

export const searchMessages = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/messages",
    tags,
    summary: "History, newest first",
    request: { query: searchQuery },
    responses: { 200: json(MessagePage, "A page; without `nextCursor` it is the last") },
  },
  async (c) => {
    const { q, limit, cursor } = c.req.valid("query");
    const page = await resultOf(journalOf(c.env).search(q, limit, cursor ?? null));
    return page.ok ? c.json(page.value, 200) : refuse(page);
  },
);

export const getMessage = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/messages/{id}",
    tags,
    summary: "One message, and how far it got",
    request: { params: z.object({ id: MessageId }) },
    responses: { 200: json(MessageRecord, "The message with its `state` and `history`") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const message = await journalOf(c.env).message(id);
    if (message === null) return refuse(failure("not_found", `History has no message ${id}.`));
    const copies = message.recipients === undefined ? null : await countCopies(c.env, id);
    return c.json(copies === null ? message : { ...message, copies }, 200);
  },
);

/** Who was in the topic then is written nowhere, but a copy's id follows from who it is for. */
async function countCopies(env: Env, messageId: string): Promise<CopyCounts | null> {
  const instances = await exchangeOf(env).listInstances();
  return journalOf(env).copies(
    messageId,
    instances.map(({ instanceId }) => instanceId),
  );
}
