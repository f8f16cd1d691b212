/** Messages with what answers them. */
import { z } from "@hono/zod-openapi";
import { journalOf } from "../../durable-objects/env.ts";
import { failure } from "../../shared/errors.ts";
import { Thread, ThreadPage } from "../../shared/history.ts";
import { MessageId } from "../../shared/ids.ts";
import { THREAD_MAX_MESSAGES } from "../../shared/limits.ts";
import { json, refuse, restRoute, resultOf } from "./declare.ts";
import { searchQuery } from "./messages.ts";

const tags = ["Messages"];

export const listThreads = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/threads",
    tags,
    summary: "Conversations, those with the newest message first",
    description:
      "A message that answers nothing, with all that answers it. A publication is one once somebody has answered it. With `q`, " +
      "which takes what `GET /api/messages` takes, those with a message that it finds, by the newest of these; such a page " +
      "may be short and have a next one.",
    request: {
      query: searchQuery.extend({
        unanswered: z
          .enum(["true", "false"])
          .optional()
          .meta({ description: "Only those in which a task or question has no answer yet, or only the others" }),
      }),
    },
    responses: { 200: json(ThreadPage, "A page; without `nextCursor` it is the last") },
  },
  async (c) => {
    const { q, limit, cursor = null, unanswered } = c.req.valid("query");
    const isUnanswered = unanswered === undefined ? null : unanswered === "true";
    const page = await resultOf(journalOf(c.env).threads({ q, isUnanswered, limit, cursor }));
    return page.ok ? c.json(page.value, 200) : refuse(page);
  },
);

export const getThread = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/threads/{id}",
    tags,
    summary: "The conversation that a message is in",
    description: `All of it, or the first message and the others around this one where there are more than ${THREAD_MAX_MESSAGES}.`,
    request: { params: z.object({ id: MessageId }) },
    responses: { 200: json(Thread, "Oldest first") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const thread = await journalOf(c.env).thread(id);
    return thread === null ? refuse(failure("not_found", `History has no message ${id}.`)) : c.json(thread, 200);
  },
);
