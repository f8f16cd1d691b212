/** Tools that read this session's messages. */
import { z } from "zod";
import type { Decision } from "../decisions.ts";
import { PULL_DEFAULT, PULL_MAX } from "../limits.ts";
import { factsOf } from "../message-facts.ts";
import { neutralise } from "../neutralise.ts";
import { pausedNote } from "../paused-note.ts";
import type { DeliveredMessage } from "../protocol.ts";
import { answerOf, type CallContext, declareTool, type Tool, type ToolAnswer } from "./tool.ts";
import type { PullSession, ReceivedAnswer, ToolSession } from "./tool-session.ts";

const PROGRESS_MS = 10_000;
/** Below the two minutes after which Claude Code would move the call to the background unasked. */
export const WAIT_DEFAULT_SECONDS = 110;
export const WAIT_MAX_SECONDS = 3_600;
/** Claude Code shows a result of up to 50,000 characters whole (seen on 2.1.332); other clients take less. */
const ANSWER_MAX_LENGTH = 30_000;
/** What a message costs in an answer besides its body. */
const FACTS_LENGTH = 400;

export const getMessages = declareTool({
  name: "get_messages",
  description:
    "Take messages that did not show up by themselves, oldest first; each is given once, a long one in parts. Call it when a digest or a hint says that more wait, or when hub_status names hooks or pull as delivery.",
  schema: z.object({ limit: z.number().int().min(1).max(PULL_MAX).optional() }),
  annotations: { destructiveHint: false },
  isAlwaysLoaded: true,
  async run({ limit = PULL_DEFAULT }, { session, signal }) {
    const { inbox } = session;
    inbox.noteCall();
    const asked = inbox.free().length > 0 ? undefined : await askHub(session);
    if (asked?.ok === false) return answerOf(asked);
    return takeFree(session, limit, signal);
  },
});

/** Gives what is free, as much of it as one answer can show. */
function takeFree(session: ToolSession, limit: number, signal: AbortSignal): ToolAnswer {
  const { inbox } = session;
  const messages = fitting(inbox.free().slice(0, limit), session);
  inbox.take(messages);
  // Nothing is taken for a call that the client has given up: nobody would read its answer.
  if (signal.aborted) return giveBack(session, messages);
  const views = give(session, messages);
  const paused = session.paused();
  const note = paused === undefined ? {} : { note: pausedNote(paused) };
  return { ok: true, value: { messages: views, more: inbox.free().length + inbox.behindCount }, ...note };
}

/** For a session to which nothing is pushed. */
export const waitForMessage = declareTool({
  name: "wait_for_message",
  description:
    "Wait until any message is there, and take it like get_messages, or {messages:[]} when the time is up: then call it again, for as long as you have nothing else to do.",
  schema: z.object({
    timeoutSeconds: z.number().min(1).max(WAIT_MAX_SECONDS).optional(),
    limit: z.number().int().min(1).max(PULL_MAX).optional(),
  }),
  annotations: { destructiveHint: false },
  isAlwaysLoaded: true,
  async run({ timeoutSeconds, limit = PULL_DEFAULT }, context: CallContext<PullSession>) {
    const { session, signal, maxWaitSeconds } = context;
    const seconds = Math.min(timeoutSeconds ?? maxWaitSeconds, maxWaitSeconds);
    const until = Date.now() + seconds * 1_000;
    const asked = await askHub(session);
    if (!asked.ok) return answerOf(asked);
    const stopProgress = reportProgress(context, () => "waiting for a message");
    // Another call may take what came before this one does.
    while (session.inbox.free().length === 0 && !signal.aborted && Date.now() < until) {
      await session.inbox.arrival(until - Date.now(), signal);
    }
    stopProgress();
    const answer = takeFree(session, limit, signal);
    const isInVain = answer.ok && (answer.value as { messages: unknown[] }).messages.length === 0;
    return isInVain && answer.note === undefined
      ? { ...answer, note: `Nothing came within ${seconds} s. Call it again to go on waiting.` }
      : answer;
  },
});

const WAIT_FOR_REPLY =
  "Wait for the answer to a message you sent, from whom it was sent to. Returns {reply}, or {reply:null, state} when the time is up.";

export const waitForReply = declareTool({
  name: "wait_for_reply",
  description: `${WAIT_FOR_REPLY} Long waits continue in the background.`,
  schema: z.object({
    messageId: z.string().min(1),
    timeoutSeconds: z.number().min(1).max(WAIT_MAX_SECONDS).optional(),
  }),
  annotations: { readOnlyHint: true },
  isAlwaysLoaded: true,
  async run({ messageId, timeoutSeconds = WAIT_DEFAULT_SECONDS }, context) {
    const status = await context.session.ask({ action: "status", messageId });
    if (!status.ok && status.code !== "not_found") return answerOf(status);
    return awaitReply(messageId, timeoutSeconds, context);
  },
});

/** Waits for the answer to what was asked under this id, or gives the one that has come already. */
export async function awaitReply(messageId: string, timeoutSeconds: number, context: CallContext): Promise<ToolAnswer> {
  const { session, signal, maxWaitSeconds } = context;
  const earlier = await earlierReply(session, messageId);
  if (earlier !== undefined) return earlier;
  const stopProgress = reportProgress(context, () => `waiting for a reply; ${session.receiptOf(messageId) ?? "sent"}`);
  const waitMs = Math.min(timeoutSeconds, maxWaitSeconds) * 1_000;
  const reply = await session.waiters.wait(messageId, waitMs, signal);
  stopProgress();
  return reply === undefined ? timedOut(session, messageId) : answerWith(session, reply, signal);
}

/** The same where a call ends within minutes, and goes on nowhere. */
export const waitForReplyBriefly: Tool = { ...waitForReply, description: WAIT_FOR_REPLY };

export const messageStatus = declareTool({
  name: "message_status",
  description:
    "How far a message got: queued, delivered, acked (by its session), seen (by its model), or expired, dead, removed.",
  schema: z.object({ messageId: z.string().min(1) }),
  annotations: { readOnlyHint: true },
  run: async ({ messageId }, { session }) => answerOf(await session.ask({ action: "status", messageId })),
});

/** Of a hub that has not sent by itself what it holds: it is taken in like any other. */
async function askHub(session: ToolSession) {
  const answer = await session.ask({ action: "get_messages", limit: PULL_MAX, peek: true });
  // Peeked messages come without a seq, but they are queued, so their ack is wanted.
  if (answer.ok)
    session.inbox.add((answer.reply.messages as DeliveredMessage[]).map((message) => ({ seq: 0, ...message })));
  return answer;
}

/** As many, from the first, as one answer can show whole; a part of the first where that alone is too long. */
function fitting(messages: readonly DeliveredMessage[], { parts }: ToolSession): DeliveredMessage[] {
  let length = 0;
  const end = messages.findIndex((message) => {
    length += parts.lengthOf(message) + FACTS_LENGTH;
    return length > ANSWER_MAX_LENGTH;
  });
  return messages.slice(0, end === -1 ? messages.length : Math.max(1, end));
}

/** Turns messages that a tool has taken into its result; what is left of one that is too long stays for the next call. */
function give(session: ToolSession, messages: readonly DeliveredMessage[]) {
  const { inbox, parts } = session;
  const isWhole = messages.map((message) => parts.isLast(message));
  const views = messages.map((message) => view(message, session));
  for (const message of messages) parts.advance(message);
  inbox.finish({
    shown: messages.filter((_, index) => isWhole[index]),
    listed: messages.filter((_, index) => !isWhole[index]),
  });
  return views;
}

/** A message as a tool's result. The mark is the proof that it was shown, so only the last part of a message has it. */
function view(message: DeliveredMessage, session: ToolSession) {
  const { part, isLast, note } = session.parts.partOf(message);
  const { message_id: messageId, reply_to: replyToMessageId, from_role: fromRole, ...facts } = factsOf(message);
  const { metadata } = message;
  const mark = isLast ? session.markOf(message.messageId) : undefined;
  return { mark, messageId, ...facts, replyToMessageId, fromRole, metadata, part: note, content: neutralise(part) };
}

function giveBack({ inbox }: ToolSession, messages: readonly DeliveredMessage[]): ToolAnswer {
  inbox.giveBack(messages);
  return { ok: false, error: "The call was given up; its messages still wait." };
}

/** The answer came before the question for it. Shown already, it is only named: twice would be once too often. */
async function earlierReply(session: ToolSession, messageId: string): Promise<ToolAnswer | undefined> {
  const { inbox, sent } = session;
  const refused = new Set<string>();
  for (;;) {
    // More may come while the hub is asked about one: whoever waits only from then on would never see it.
    const isNew = ({ facts }: ReceivedAnswer) =>
      !refused.has(facts.messageId) && sent.isAnswerTo(messageId, asReply(facts));
    const candidate = inbox.answers().find(isNew);
    if (candidate === undefined) return undefined;
    const { facts } = candidate;
    if (await sent.mayAnswer(messageId, asReply(facts))) return giveEarlier(session, facts);
    refused.add(facts.messageId);
  }
}

/** What came while the hub was asked may have been shown meanwhile, by another way. */
function giveEarlier(session: ToolSession, { messageId, from }: ReceivedAnswer["facts"]): ToolAnswer {
  const { inbox } = session;
  const message = inbox.answers().find(({ facts }) => facts.messageId === messageId)?.message;
  if (message === undefined) {
    return { ok: true, value: { reply: { messageId, from, note: "already delivered to you as a message" } } };
  }
  inbox.take([message]);
  return { ok: true, value: { reply: give(session, [message])[0] } };
}

function asReply(facts: ReceivedAnswer["facts"]): DeliveredMessage {
  return { ...facts, content: "", to: "", timestamp: "" };
}

/** The call that waited has the answer; unless it was given up in this very moment. */
function answerWith(session: ToolSession, reply: DeliveredMessage, signal: AbortSignal): ToolAnswer {
  if (signal.aborted) return giveBack(session, [reply]);
  return { ok: true, value: { reply: give(session, [reply])[0] } };
}

/** Returns what ends it. */
function reportProgress({ progress }: Pick<CallContext, "progress">, describe: () => string): () => void {
  const startedAt = Date.now();
  const tell = () => progress((Date.now() - startedAt) / 1_000, describe());
  tell();
  const timer = setInterval(tell, PROGRESS_MS);
  return () => clearInterval(timer);
}

/** How far a message got; of a publication, how many of its copies got how far; of what people are asked, whether it is open. */
async function stateOf(session: ToolSession, messageId: string): Promise<unknown> {
  const status = await session.ask({ action: "status", messageId });
  if (status.ok) return status.reply.state;
  const asked = await session.ask({ action: "get_decision", decisionId: messageId });
  if (asked.ok) return (asked.reply.decision as Decision).state;
  return (await session.history.copiesOf(messageId)) ?? "unknown";
}

async function timedOut(session: ToolSession, messageId: string): Promise<ToolAnswer> {
  const state = await stateOf(session, messageId);
  return { ok: true, value: { reply: null, state, note: session.noReplyNote } };
}
