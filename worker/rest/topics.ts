/** Topics, who is in them, and what is said there. */
import { z } from "@hono/zod-openapi";
import { exchangeOf, topicOf } from "../../durable-objects/env.ts";
import { keeperRefusal } from "../../durable-objects/principal.ts";
import { InstanceId, TopicName } from "../../shared/ids.ts";
import { TEXT_MAX_BYTES, TOPICS_MAX } from "../../shared/limits.ts";
import { Message } from "../../shared/message.ts";
import { MessageBody } from "../../shared/message-content.ts";
import { Topic } from "../../shared/rest.ts";
import { patternRefusal } from "../guards.ts";
import { body, json, refuse, restRoute, resultOf } from "./declare.ts";
import { positionQuery } from "./messages.ts";

const tags = ["Topics"];
const params = z.object({ name: TopicName });
const member = body(z.object({ instanceId: InstanceId }));

export const listTopics = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/topics",
    tags,
    summary: "All topics",
    description:
      "All of them, or with `limit` a page of those behind `after`; a shorter page is the last one. With subscribers there are " +
      `${TOPICS_MAX} a page at most, also where no limit is given.`,
    request: {
      query: z.object({
        includeSubscribers: z.enum(["true", "false"]).default("false"),
        limit: z.coerce.number().int().min(1).max(TOPICS_MAX).optional(),
        after: TopicName.optional().meta({ description: "The last name of the page before" }),
      }),
    },
    responses: { 200: json(z.array(Topic), "By name") },
  },
  async (c) => {
    const { includeSubscribers, limit, after = null } = c.req.valid("query");
    const withSubscribers = includeSubscribers === "true";
    const request = { after, limit: limit ?? (withSubscribers ? TOPICS_MAX : null), withSubscribers };
    return c.json(await exchangeOf(c.env).listTopics(request), 200);
  },
);

export const createTopic = restRoute(
  "member",
  {
    method: "post",
    path: "/api/topics",
    tags,
    summary: "Create a topic",
    request: body(
      z.object({
        name: TopicName,
        autoExpire: z.boolean().default(true).meta({ description: "Whether it goes when nobody is in it any more" }),
      }),
    ),
    responses: { 201: json(Topic, "It is new"), 200: json(Topic, "It was there already") },
  },
  async (c) => {
    const refusal = patternRefusal(c.var.principal, null);
    if (refusal !== null) return refuse(refusal);
    const { name, autoExpire } = c.req.valid("json");
    const { topic, isNew } = await topicOf(c.env, name).create(autoExpire);
    return isNew ? c.json(topic, 201) : c.json(topic, 200);
  },
);

export const deleteTopic = restRoute(
  "member",
  {
    method: "delete",
    path: "/api/topics/{name}",
    tags,
    summary: "Delete a topic that nobody is in",
    description:
      "409 with `subscriberCount` while anybody is. For admins, and for keys whose pattern holds the instance that made it.",
    request: { params },
    responses: { 200: json(z.object({ deleted: z.literal(true), name: z.string() }), "It is gone, with its history") },
  },
  async (c) => {
    const { name } = c.req.valid("param");
    const removed = await resultOf(topicOf(c.env, name).remove(c.var.principal));
    return removed.ok ? c.json({ deleted: true as const, name }, 200) : refuse(removed);
  },
);

export const listSubscribers = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/topics/{name}/subscribers",
    tags,
    summary: "Who is in a topic",
    request: { params },
    responses: { 200: json(z.array(z.string()), "Instance ids, by name") },
  },
  async (c) => {
    const { name } = c.req.valid("param");
    const subscribers = await resultOf(topicOf(c.env, name).subscribers());
    return subscribers.ok ? c.json(subscribers.value, 200) : refuse(subscribers);
  },
);

export const subscribe = restRoute(
  "member",
  {
    method: "post",
    path: "/api/topics/{name}/subscribe",
    tags,
    summary: "Subscribe an instance; a topic that does not exist is created",
    description: "For admins, and for keys whose pattern holds the instance: by its own socket each may do so itself.",
    request: { params, ...member },
    responses: { 200: json(z.object({ subscribed: z.literal(true), topic: z.string() }), "It is in the topic") },
  },
  async (c) => {
    const { name } = c.req.valid("param");
    const { instanceId } = c.req.valid("json");
    const refusal = keeperRefusal(c.var.principal, instanceId);
    if (refusal !== null) return refuse(refusal);
    const result = await resultOf(topicOf(c.env, name).subscribe(instanceId));
    return result.ok ? c.json({ subscribed: true as const, topic: name }, 200) : refuse(result);
  },
);

export const unsubscribe = restRoute(
  "member",
  {
    method: "post",
    path: "/api/topics/{name}/unsubscribe",
    tags,
    summary: "Unsubscribe an instance",
    description:
      "An online instance cannot leave the topic of its project. For admins, and for keys whose pattern holds the instance.",
    request: { params, ...member },
    responses: { 200: json(z.object({ unsubscribed: z.literal(true), topic: z.string() }), "It is not in the topic") },
  },
  async (c) => {
    const { name } = c.req.valid("param");
    const { instanceId } = c.req.valid("json");
    const refusal = keeperRefusal(c.var.principal, instanceId);
    if (refusal !== null) return refuse(refusal);
    const result = await resultOf(topicOf(c.env, name).unsubscribe(instanceId));
    return result.ok ? c.json({ unsubscribed: true as const, topic: name }, 200) : refuse(result);
  },
);

export const publish = restRoute(
  "member",
  {
    method: "post",
    path: "/api/topics/{name}/publish",
    tags,
    summary: "Publish as `dashboard`",
    request: { params, ...body(MessageBody.extend({ persistent: z.boolean().default(false) })) },
    responses: {
      200: json(
        z.object({
          delivered: z.number().int(),
          queued: z.number().int(),
          messageId: z.string(),
          refused: z.number().int().optional(),
        }),
        "How many it reached, and for how many it waits",
      ),
    },
  },
  async (c) => {
    const { name } = c.req.valid("param");
    const refusal = patternRefusal(c.var.principal, null);
    if (refusal !== null) return refuse(refusal);
    const { persistent, ...draft } = c.req.valid("json");
    const published = await resultOf(topicOf(c.env, name).publish(c.var.principal, draft, persistent, Date.now()));
    return published.ok ? c.json(published.value, 200) : refuse(published);
  },
  TEXT_MAX_BYTES,
);

export const topicMessages = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/topics/{name}/messages",
    tags,
    summary: "What was published, newest first",
    request: { params, query: positionQuery },
    responses: {
      200: json(
        z.object({ items: z.array(Message), nextCursor: z.string().optional() }),
        "A page; without `nextCursor` it is the last",
      ),
    },
  },
  async (c) => {
    const { name } = c.req.valid("param");
    const { limit, cursor } = c.req.valid("query");
    const page = await resultOf(topicOf(c.env, name).history(limit, cursor ?? null));
    if (!page.ok) return refuse(page);
    const { items, nextCursor } = page.value;
    return c.json({ items, ...(nextCursor === null ? {} : { nextCursor }) }, 200);
  },
);
