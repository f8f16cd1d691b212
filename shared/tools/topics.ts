/** Tools about topics and history. */
import { z } from "zod";
import { PAGE_MAX } from "../limits.ts";
import type { Message } from "../message.ts";
import { neutralise } from "../neutralise.ts";
import { answerOf, declareTool } from "./tool.ts";

const topic = z.string().min(1);
const limit = z.number().int().min(1).max(PAGE_MAX).optional();
const LIST_DEFAULT = 20;
/** A page of results must not fill the context; the rest of a long one is a question to its sender. */
const EXCERPT_LENGTH = 600;

export const subscribeTopic = declareTool({
  name: "subscribe_topic",
  description: "Get a topic's messages from now on; creates the topic. Your project's topic is subscribed already.",
  schema: z.object({ topic }),
  annotations: { idempotentHint: true },
  run: async ({ topic }, { session }) => answerOf(await session.ask({ action: "subscribe_topic", topic })),
});

export const unsubscribeTopic = declareTool({
  name: "unsubscribe_topic",
  description: "Stop getting a topic's messages. Your project's topic cannot be left.",
  schema: z.object({ topic }),
  annotations: { idempotentHint: true },
  run: async ({ topic }, { session }) => answerOf(await session.ask({ action: "unsubscribe_topic", topic })),
});

export const listTopics = declareTool({
  name: "list_topics",
  description: "All topics: {name, createdAt, createdBy, subscriberCount}[].",
  schema: z.object({}),
  annotations: { readOnlyHint: true },
  async run(_, { session }) {
    const answer = await session.ask({ action: "list_topics" });
    return answer.ok ? { ok: true, value: answer.reply.topics } : answerOf(answer);
  },
});

export const getTopicMessages = declareTool({
  name: "get_topic_messages",
  description: "The latest messages of a topic, oldest first: for what was said before you subscribed.",
  schema: z.object({ topic, limit }),
  annotations: { readOnlyHint: true },
  async run({ topic, limit = LIST_DEFAULT }, { session }) {
    const page = await session.history.topicMessages(topic, limit);
    return page.ok ? { ok: true, value: page.value.items.map(excerpt).reverse() } : page;
  },
});

export const searchMessages = declareTool({
  name: "search_messages",
  description:
    "Search all past messages, newest first. Words, and from: to: with: type: topic: role: is: before: after: operators, such as is:unanswered.",
  schema: z.object({ query: z.string().min(1), limit }),
  annotations: { readOnlyHint: true },
  async run({ query, limit = LIST_DEFAULT }, { session }) {
    const page = await session.history.searchMessages(query, limit);
    return page.ok ? { ok: true, value: page.value.items.map(excerpt) } : page;
  },
});

function excerpt(message: Message & { state?: string }) {
  const { messageId, from, to, type, state, timestamp, replyToMessageId, content } = message;
  const isCut = content.length > EXCERPT_LENGTH;
  const text = neutralise(isCut ? `${content.slice(0, EXCERPT_LENGTH)}…` : content);
  return { messageId, from, to, type, state, timestamp, replyToMessageId, content: text };
}
