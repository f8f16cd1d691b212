/** Tools that send. */
import { z } from "zod";
import type { Reply } from "../client/client-core.ts";
import type { Metadata } from "../message.ts";
import { resolveAddress } from "./addresses.ts";
import { metadata, type } from "./message-fields.ts";
import { answerOf, declareTool } from "./tool.ts";
import type { ToolSession } from "./tool-session.ts";

const body = { type, content: z.string().min(1), metadata };

function metadataOf(metadata: Metadata | undefined): { metadata?: Metadata } {
  return metadata === undefined ? {} : { metadata };
}

export const sendMessage = declareTool({
  name: "send_message",
  description:
    "Send a message to another session. Queued if the target is offline. To answer, give replyToMessageId (the message_id); to may then be left out. Returns {messageId, queued, warning?}; for role: {role, recipients, delivered, queued}.",
  schema: z.object({
    to: z
      .string()
      .min(1)
      .optional()
      .describe(
        "instance id, user@host:project, role:<name> (all of them), any:<role> (a task for one of them), topic:<name> or broadcast (see list_instances)",
      ),
    ...body,
    replyToMessageId: z.string().optional(),
    dueInSeconds: z.number().int().min(1).optional().describe("of a task: then both sides are told"),
  }),
  isAlwaysLoaded: true,
  async run({ to: given, type, content, metadata, replyToMessageId, dueInSeconds }, { session }) {
    const address = given ?? (replyToMessageId === undefined ? undefined : session.inbox.senderOf(replyToMessageId));
    if (address === undefined) return { ok: false, error: NO_ADDRESS };
    const to = await resolveAddress(session, address);
    const messageId = session.newMessageId();
    const reply = replyToMessageId === undefined ? {} : { replyToMessageId };
    const due = dueInSeconds === undefined ? {} : { dueInSeconds };
    const answer = await session.ask({
      action: "send_message",
      to,
      type,
      content,
      messageId,
      ...reply,
      ...due,
      ...metadataOf(metadata),
    });
    if (!answer.ok) return answerOf(answer);
    if (replyToMessageId !== undefined) session.inbox.noteNamed(replyToMessageId);
    noteSent(session, to, messageId, answer.reply);
    // True after a resend whose first reply was lost: of no interest to the one who sent once.
    delete answer.reply.duplicate;
    return answerOf(answer);
  },
});

export const broadcast = declareTool({
  name: "broadcast",
  description:
    "Send to every session online now; offline ones never get it. At most one in 5 s. Prefer a role or topic. Returns {delivered, messageId}.",
  schema: z.object(body),
  async run({ type, content, metadata }, { session }) {
    const messageId = session.newMessageId();
    const answer = await session.ask({ action: "broadcast", type, content, messageId, ...metadataOf(metadata) });
    if (answer.ok) session.sent.note(messageId, { kind: "everyone" });
    return answerOf(answer);
  },
});

export const publishTopic = declareTool({
  name: "publish_topic",
  description:
    "Publish to all subscribers of a topic; with persistent, offline ones get it later. Returns {delivered, queued, messageId}.",
  schema: z.object({ topic: z.string().min(1), ...body, persistent: z.boolean().optional() }),
  async run({ topic, type, content, metadata, persistent = false }, { session }) {
    const messageId = session.newMessageId();
    const frame = { action: "publish_topic", topic, type, content, persistent, messageId } as const;
    const answer = await session.ask({ ...frame, ...metadataOf(metadata) });
    if (answer.ok) session.sent.note(messageId, { kind: "topic", topic });
    return answerOf(answer);
  },
});

const NO_ADDRESS =
  "to is missing. Only an answer to a message that this session received goes without: give its message_id as replyToMessageId, or an address (see list_instances).";

/** Remembers who was asked, so that only their answers count. */
function noteSent({ sent }: ToolSession, to: string, messageId: string, reply: Reply): void {
  if (to === "broadcast") sent.note(messageId, { kind: "everyone" });
  else if (to.startsWith("any:")) sent.note(messageId, { kind: "owner" });
  else if (to.startsWith("topic:")) sent.note(messageId, { kind: "topic", topic: to.slice("topic:".length) });
  else if (to.startsWith("role:")) {
    const copies = (reply.messages as { instanceId: string; messageId: string }[] | undefined) ?? [];
    const instanceIds = copies.map(({ instanceId }) => instanceId);
    sent.note(
      messageId,
      { kind: "instances", instanceIds },
      copies.map((copy) => [copy.messageId, copy.instanceId]),
    );
  } else sent.note(messageId, { kind: "instances", instanceIds: [String(reply.to ?? to)] });
}
