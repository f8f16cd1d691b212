/** Tools that read this session's messages. */
import { setInterval } from "node:timers";
import { z } from "zod";
import { PULL_DEFAULT, PULL_MAX } from "../../../shared/limits.ts";
import type { DeliveredMessage } from "../../../shared/protocol.ts";
import type { Entry } from "../inbox.ts";
import type { Session } from "../session.ts";
import { neutralise } from "../wrap-message.ts";
import { answerOf, declareTool, type ToolAnswer } from "./tool.ts";

const PROGRESS_MS = 10_000;
/** Below the two minutes after which the client would move the call to the background unasked. */
const WAIT_DEFAULT_SECONDS = 110;
const WAIT_MAX_SECONDS = 3_600;

export const getMessages = declareTool({
  name: "get_messages",
  description:
    "Take messages that did not show up by themselves, oldest first; each is given once. Only needed when hub_status names hooks or pull as delivery, or a hint says that more wait.",
  schema: z.object({ limit: z.number().int().min(1).max(PULL_MAX).optional() }),
  annotations: { destructiveHint: false },
  isAlwaysLoaded: true,
  async run({ limit = PULL_DEFAULT }, { session }) {
    const { delivery, client } = session;
    const answer = await client.ask({ action: "get_messages", limit: PULL_MAX, peek: true });
    if (!answer.ok && delivery.inbox.offerable().length === 0) return answerOf(answer);
    const held = answer.ok ? (answer.reply.messages as DeliveredMessage[]) : [];
    // What the hub still holds beyond its window has not come by itself yet.
    const entries = [...delivery.inbox.offerable(), ...held.flatMap((message) => adopt(session, message))];
    const taken = entries.slice(0, limit);
    delivery.hand(taken, false);
    return {
      ok: true,
      value: { messages: taken.map(({ message }) => view(message)), more: entries.length - taken.length },
    };
  },
});

export const waitForReply = declareTool({
  name: "wait_for_reply",
  description:
    "Wait for the answer to a message you sent. Returns {reply}, or {reply:null, state} when the time is up. Long waits continue in the background.",
  schema: z.object({
    messageId: z.string().min(1),
    timeoutSeconds: z.number().min(1).max(WAIT_MAX_SECONDS).optional(),
  }),
  annotations: { readOnlyHint: true },
  isAlwaysLoaded: true,
  async run({ messageId, timeoutSeconds = WAIT_DEFAULT_SECONDS }, { session, signal, progress }) {
    const status = await session.client.ask({ action: "status", messageId });
    if (!status.ok && status.code !== "not_found") return answerOf(status);
    const earlier = session.delivery.inbox.findReply(messageId);
    if (earlier !== undefined) return earlierReply(session, earlier);
    const startedAt = Date.now();
    const tell = () =>
      progress((Date.now() - startedAt) / 1_000, `waiting for a reply; ${session.receipts.get(messageId) ?? "sent"}`);
    tell();
    const timer = setInterval(tell, PROGRESS_MS);
    const reply = await session.waiters.wait(messageId, timeoutSeconds * 1_000, signal);
    clearInterval(timer);
    if (reply !== undefined) return { ok: true, value: { reply: view(reply) } };
    return timedOut(session, messageId);
  },
});

export const messageStatus = declareTool({
  name: "message_status",
  description:
    "How far a message got: queued, delivered, acked (by its session), seen (by its model), or expired, dead, removed.",
  schema: z.object({ messageId: z.string().min(1) }),
  annotations: { readOnlyHint: true },
  run: async ({ messageId }, { session }) => answerOf(await session.client.ask({ action: "status", messageId })),
});

/** A message as a tool's result: the same facts as the tag, without what repeats. */
function view({ messageId, from, type, content, replyToMessageId, topicName, fromRole, metadata }: DeliveredMessage) {
  return {
    messageId,
    from,
    type,
    replyToMessageId,
    topic: topicName,
    fromRole,
    metadata,
    content: neutralise(content),
  };
}

function adopt(session: Session, message: DeliveredMessage): Entry[] {
  // Peeked messages come without a seq, but they are queued, so their ack is wanted.
  const entry = session.delivery.inbox.add({ ...message, seq: message.seq ?? 0 });
  return entry === undefined ? [] : [entry];
}

/** The answer came before the question for it. Shown already, it is only named: twice would be once too often. */
function earlierReply(session: Session, entry: Entry): ToolAnswer {
  const { message } = entry;
  if (session.delivery.isShown(entry)) {
    const { messageId, from } = message;
    return { ok: true, value: { reply: { messageId, from, note: "already delivered to you as a message" } } };
  }
  session.delivery.hand([entry], false);
  return { ok: true, value: { reply: view(message) } };
}

async function timedOut(session: Session, messageId: string): Promise<ToolAnswer> {
  const status = await session.client.ask({ action: "status", messageId });
  const state = status.ok ? status.reply.state : "unknown";
  return { ok: true, value: { reply: null, state, note: "No reply yet. It will arrive by itself; or wait again." } };
}
