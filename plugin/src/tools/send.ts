/** Tools that send. */
import { uuidv7 } from "uuidv7";
import { z } from "zod";
import type { Metadata } from "../../../shared/message.ts";
import { answerOf, declareTool } from "./tool.ts";

const type = z.enum(["task", "result", "question", "ack", "ping"]);
const metadata = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional();
const body = { type, content: z.string().min(1), metadata };

function metadataOf(metadata: Metadata | undefined): { metadata?: Metadata } {
  return metadata === undefined ? {} : { metadata };
}

export const sendMessage = declareTool({
  name: "send_message",
  description:
    "Send a message to another session. Queued if the target is offline. Answer a message with its id as replyToMessageId. Returns {messageId, queued, warning?}; for role: {role, recipients, delivered, queued}.",
  schema: z.object({
    to: z
      .string()
      .min(1)
      .describe("instance id, user@host:project, role:<name>, topic:<name> or broadcast (see list_instances)"),
    ...body,
    replyToMessageId: z.string().optional(),
  }),
  isAlwaysLoaded: true,
  async run({ to, type, content, metadata, replyToMessageId }, { session }) {
    const messageId = uuidv7();
    const reply = replyToMessageId === undefined ? {} : { replyToMessageId };
    const answer = await session.client.ask({
      action: "send_message",
      to,
      type,
      content,
      messageId,
      ...reply,
      ...metadataOf(metadata),
    });
    // The model names a message that it was shown.
    if (answer.ok && replyToMessageId !== undefined) session.delivery.prove([replyToMessageId]);
    // True after a resend whose first reply was lost: of no interest to the one who sent once.
    if (answer.ok) delete answer.reply.duplicate;
    return answerOf(answer);
  },
});

export const broadcast = declareTool({
  name: "broadcast",
  description:
    "Send to every session online now; offline ones never get it. At most one in 5 s. Prefer a role or topic. Returns {delivered}.",
  schema: z.object(body),
  async run({ type, content, metadata }, { session }) {
    const messageId = uuidv7();
    return answerOf(
      await session.client.ask({ action: "broadcast", type, content, messageId, ...metadataOf(metadata) }),
    );
  },
});

export const publishTopic = declareTool({
  name: "publish_topic",
  description:
    "Publish to all subscribers of a topic; with persistent, offline ones get it later. Returns {delivered, queued}.",
  schema: z.object({ topic: z.string().min(1), ...body, persistent: z.boolean().optional() }),
  async run({ topic, type, content, metadata, persistent = false }, { session }) {
    const messageId = uuidv7();
    const frame = { action: "publish_topic", topic, type, content, persistent, messageId } as const;
    return answerOf(await session.client.ask({ ...frame, ...metadataOf(metadata) }));
  },
});
