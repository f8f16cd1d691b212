/** Instances, their queues, and whether they are there. */
import { z } from "@hono/zod-openapi";
import { exchangeOf, journalOf } from "../../durable-objects/env.ts";
import { Presence } from "../../shared/history.ts";
import { InstanceId } from "../../shared/ids.ts";
import { PRESENCE_SPANS_MAX } from "../../shared/limits.ts";
import { InstanceInfo } from "../../shared/message.ts";
import { PingAnswer, QueuePage } from "../../shared/rest.ts";
import { json, refuse, restRoute, resultOf } from "./declare.ts";
import { positionQuery } from "./messages.ts";
import { spanOf, spanQuery } from "./span.ts";

const tags = ["Instances"];
const params = z.object({ id: InstanceId });

export const listInstances = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/instances",
    tags,
    summary: "Everyone the hub knows, online and offline",
    responses: { 200: json(z.array(InstanceInfo), "By name") },
  },
  async (c) => c.json(await exchangeOf(c.env).listInstances(), 200),
);

export const removeInstance = restRoute(
  "member",
  {
    method: "delete",
    path: "/api/instances/{id}",
    tags,
    summary: "Remove an offline instance, its queue and its identity",
    description:
      "409 while it is online. Removing one that is not there is fine. Ids that forward to it are freed with it. For admins, and " +
      "for keys whose pattern holds all of these ids.",
    request: { params },
    responses: { 200: json(z.object({ removed: z.literal(true), instanceId: z.string() }), "It is gone") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const removed = await resultOf(exchangeOf(c.env).removeInstance(id, c.var.principal));
    return removed.ok ? c.json({ removed: true as const, instanceId: id }, 200) : refuse(removed);
  },
);

export const flushQueue = restRoute(
  "member",
  {
    method: "delete",
    path: "/api/queue/{id}",
    tags,
    summary: "End everything in a queue that is not acked, in flight or not",
    description:
      "What ends becomes a dead letter, and its sender hears of it. A retired id names the queue of its successor. For admins, " +
      "and for keys whose pattern holds the id of who has the queue.",
    request: { params },
    responses: {
      200: json(
        z.object({ flushed: z.literal(true), instanceId: z.string(), count: z.number().int() }),
        "How many messages that were",
      ),
    },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const flushed = await resultOf(exchangeOf(c.env).flushQueue(id, c.var.principal));
    if (!flushed.ok) return refuse(flushed);
    return c.json({ flushed: true as const, instanceId: id, count: flushed.value }, 200);
  },
);

export const peekQueue = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/queue/{id}",
    tags,
    summary: "What waits in a queue, delivered or not, without taking anything",
    description: "In the order of delivery. An id that is retired shows the queue of its successor.",
    request: {
      params,
      query: positionQuery,
    },
    responses: { 200: json(QueuePage, "A page; without `nextCursor` it is the last") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const { limit, cursor } = c.req.valid("query");
    const page = await resultOf(exchangeOf(c.env).peekQueue(id, limit, cursor ?? null));
    return page.ok ? c.json(page.value, 200) : refuse(page);
  },
);

export const pingInstance = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/ping/{id}",
    tags,
    summary: "Whether someone is online",
    description: "Takes a full id or user@host:project; several matches are listed, and nobody is `online: false`.",
    request: { params: z.object({ id: z.string().min(1).max(400) }) },
    responses: { 200: json(PingAnswer, "Who that is, and whether it is there") },
  },
  async (c) => {
    const answer = await resultOf(exchangeOf(c.env).ping(c.req.valid("param").id));
    return answer.ok ? c.json(answer.value, 200) : refuse(answer);
  },
);

export const getPresence = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/instances/{id}/presence",
    tags,
    summary: "When an instance was online",
    description:
      `As far as history goes back, also of ids that are retired or removed; the newest ${PRESENCE_SPANS_MAX} spans. A session ` +
      "change ends the old id's span and begins the new one's.",
    request: { params, query: spanQuery },
    responses: {
      200: json(Presence, "Spans that have a part in the time asked for, and the last one before it, the oldest first"),
    },
  },
  async (c) => {
    const span = spanOf(c.req.valid("query"), Date.now());
    if ("ok" in span) return refuse(span);
    return c.json(await journalOf(c.env).presence(c.req.valid("param").id, span.from, span.to), 200);
  },
);
