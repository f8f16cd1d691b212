/** History. */
import { z } from "@hono/zod-openapi";
import { type Env, exchangeOf, journalOf } from "../../durable-objects/env.ts";
import { failure } from "../../shared/errors.ts";
import { type CopyCounts, FoundMessage, MessagePage, RecipientPage } from "../../shared/history.ts";
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
    description:
      "An id names one message for as long as it is remembered for retries; history remembers longer, and has in `twins` what " +
      "came under the same id since.",
    responses: { 200: json(FoundMessage, "The message with its `state` and `history`") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const message = await journalOf(c.env).message(id);
    if (message === null) return refuse(failure("not_found", `History has no message ${id}.`));
    const copies = message.recipients === undefined ? null : await countCopies(c.env, id);
    return c.json(copies === null ? message : { ...message, copies }, 200);
  },
);

export const listRecipients = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/messages/{id}/recipients",
    tags,
    summary: "Whom a message was for, and how far it got with each",
    description:
      "Of a message for a role all that got it, asked for by the id of any of them; of a persistent publication all that it was " +
      "accepted for, and after a week those of them that the hub still knows; of broadcasts and other publications only who answered, since nothing is kept of them.",
    request: { params: z.object({ id: MessageId }), query: positionQuery },
    responses: { 200: json(RecipientPage, "A page, by name; without `nextCursor` it is the last") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const { limit, cursor = "0" } = c.req.valid("query");
    const exchange = exchangeOf(c.env);
    const addressees = await exchange.addressees(id);
    const page = await journalOf(c.env).recipients({
      messageId: id,
      instanceIds: addressees ?? (await exchange.listInstances()).map(({ instanceId }) => instanceId),
      isForAll: addressees !== null,
      from: Number(cursor),
      limit,
    });
    return page === null ? refuse(failure("not_found", `History has no message ${id}.`)) : c.json(page, 200);
  },
);

export const deleteMessage = restRoute(
  "member",
  {
    method: "delete",
    path: "/api/messages/{id}",
    tags,
    summary: "Delete a message",
    description:
      "From history, search, conversations and the event stream, for good. Where it still waits, it ends as `removed`, and its " +
      "sender hears of it; what its recipient has got stays there. Counts stay. For admins, and for keys whose pattern holds its " +
      "sender or its recipient; a publication or broadcast, by its own id, is its sender's.",
    request: { params: z.object({ id: MessageId }) },
    responses: { 200: json(z.object({ deleted: z.literal(true), messageId: z.string() }), "It is gone") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const found = await journalOf(c.env).message(id);
    const told = found === null ? [null] : [found, ...(found.twins ?? [])];
    const results = [];
    for (const each of told) {
      const parties = each === null ? null : { from: each.from, to: each.to };
      results.push(await resultOf(exchangeOf(c.env).deleteMessage(id, c.var.principal, parties)));
    }
    const refused = results.find((result) => !result.ok);
    if (results.some(({ ok }) => ok) || refused === undefined || refused.ok) {
      return c.json({ deleted: true as const, messageId: id }, 200);
    }
    return refuse(refused);
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
