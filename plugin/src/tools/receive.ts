/** Tools that read this session's messages. */
import { setInterval } from "node:timers";
import { z } from "zod";
import { PULL_DEFAULT, PULL_MAX } from "../../../shared/limits.ts";
import type { DeliveredMessage } from "../../../shared/protocol.ts";
import { isOnItsWay } from "../delivery/delivery.ts";
import { factsOf } from "../delivery/frame.ts";
import { neutralise } from "../delivery/neutralise.ts";
import { isOpen, type OpenParcel } from "../delivery/parcel.ts";
import type { Session } from "../session.ts";
import { answerOf, type CallContext, declareTool, type ToolAnswer } from "./tool.ts";

const PROGRESS_MS = 10_000;
/** Below the two minutes after which Claude Code would move the call to the background unasked. */
const WAIT_DEFAULT_SECONDS = 110;
const WAIT_MAX_SECONDS = 3_600;
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
  async run({ limit = PULL_DEFAULT }, context) {
    const { session } = context;
    const { delivery, client } = session;
    delivery.noteCall();
    const asked = delivery.parcels.free().length > 0 ? undefined : await askHub(session);
    if (asked?.ok === false) return answerOf(asked);
    const free = delivery.parcels.free();
    const parcels = fitting(free.slice(0, limit), session);
    delivery.take(parcels, "tool");
    // Nothing is taken for a call that the client has given up: nobody would read its answer.
    if (context.signal.aborted) return giveBack(session, parcels);
    const messages = give(session, parcels);
    const more = delivery.parcels.free().length + client.behindCount;
    return { ok: true, value: { messages, more } };
  },
});

export const waitForReply = declareTool({
  name: "wait_for_reply",
  description:
    "Wait for the answer to a message you sent, from whom it was sent to. Returns {reply}, or {reply:null, state} when the time is up. Long waits continue in the background.",
  schema: z.object({
    messageId: z.string().min(1),
    timeoutSeconds: z.number().min(1).max(WAIT_MAX_SECONDS).optional(),
  }),
  annotations: { readOnlyHint: true },
  isAlwaysLoaded: true,
  async run({ messageId, timeoutSeconds = WAIT_DEFAULT_SECONDS }, context) {
    const { session, signal } = context;
    const seconds = Math.min(timeoutSeconds, limitOf(context));
    const status = await session.client.ask({ action: "status", messageId });
    if (!status.ok && status.code !== "not_found") return answerOf(status);
    const earlier = await earlierReply(session, messageId);
    if (earlier !== undefined) return earlier;
    const timer = reportProgress(context, messageId);
    const reply = await session.waiters.wait(messageId, seconds * 1_000, signal);
    clearInterval(timer);
    return reply === undefined ? timedOut(session, messageId) : answerWith(session, reply, signal);
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

/** Of a hub that has not sent by itself what it holds; they become parcels like any other. */
async function askHub(session: Session) {
  const answer = await session.client.ask({ action: "get_messages", limit: PULL_MAX, peek: true });
  if (answer.ok) {
    for (const message of answer.reply.messages as DeliveredMessage[]) {
      // Peeked messages come without a seq, but they are queued, so their ack is wanted.
      session.delivery.parcels.add({ ...message, seq: message.seq ?? 0 });
    }
  }
  return answer;
}

/** As many, from the first, as one answer can show whole; a part of the first where that alone is too long. */
function fitting(parcels: readonly OpenParcel[], session: Session): OpenParcel[] {
  let length = 0;
  const end = parcels.findIndex((parcel) => {
    length += session.parts.lengthOf(parcel) + FACTS_LENGTH;
    return length > ANSWER_MAX_LENGTH;
  });
  return parcels.slice(0, end === -1 ? parcels.length : Math.max(1, end));
}

/** Turns parcels that a tool has taken into its result; what is left of one that is too long stays for the next call. */
function give(session: Session, parcels: readonly OpenParcel[]) {
  const { delivery, parts } = session;
  const isWhole = parcels.map((parcel) => parts.isLast(parcel));
  const views = parcels.map(({ message }) => view(message, session));
  for (const parcel of parcels) parts.advance(parcel);
  delivery.finish({
    shown: parcels.filter((_, index) => isWhole[index]),
    listed: parcels.filter((_, index) => !isWhole[index]),
  });
  return views;
}

/** A message as a tool's result. The mark is the proof that it was shown, so only the last part of a message has it. */
function view(message: DeliveredMessage, session: Session) {
  const { part, isLast, note } = session.parts.partOf(message);
  const { message_id: messageId, reply_to: replyToMessageId, from_role: fromRole, ...facts } = factsOf(message);
  const { metadata } = message;
  const mark = isLast ? session.writer.markOf(message.messageId) : undefined;
  return { mark, messageId, ...facts, replyToMessageId, fromRole, metadata, part: note, content: neutralise(part) };
}

function giveBack(session: Session, parcels: readonly OpenParcel[]): ToolAnswer {
  session.delivery.giveBack(parcels);
  return { ok: false, error: "The call was given up; its messages still wait." };
}

/** The answer came before the question for it. Shown already, it is only named: twice would be once too often. */
async function earlierReply(session: Session, messageId: string): Promise<ToolAnswer | undefined> {
  const { delivery, sent } = session;
  for (const parcel of delivery.parcels.answers()) {
    const reply = { ...parcel.facts, content: "", to: "", timestamp: "" };
    if (!sent.isAnswerTo(messageId, reply) || !(await sent.mayAnswer(messageId, reply))) continue;
    const { messageId: replyId, from } = parcel.facts;
    if (isOnItsWay(parcel) || !isOpen(parcel)) {
      return {
        ok: true,
        value: { reply: { messageId: replyId, from, note: "already delivered to you as a message" } },
      };
    }
    delivery.take([parcel], "tool");
    return { ok: true, value: { reply: give(session, [parcel])[0] } };
  }
  return undefined;
}

/** The call that waited has the answer; unless it was given up in this very moment. */
function answerWith(session: Session, reply: DeliveredMessage, signal: AbortSignal): ToolAnswer {
  const parcel = session.delivery.parcels.find(reply.messageId);
  const parcels = parcel !== undefined && isOpen(parcel) ? [parcel] : [];
  if (signal.aborted) return giveBack(session, parcels);
  return { ok: true, value: { reply: give(session, parcels)[0] } };
}

/** How long the client lets a call run: where it asks for progress, that keeps most of them waiting. */
function limitOf({ session, hasProgress }: CallContext): number {
  const limit = session.host.callLimitSeconds;
  if (limit === undefined) return WAIT_MAX_SECONDS;
  return hasProgress ? limit.withProgress : limit.silent;
}

function reportProgress({ session, progress }: CallContext, messageId: string): NodeJS.Timeout {
  const startedAt = Date.now();
  const tell = () =>
    progress((Date.now() - startedAt) / 1_000, `waiting for a reply; ${session.receipts.get(messageId) ?? "sent"}`);
  tell();
  return setInterval(tell, PROGRESS_MS);
}

/** How far a message got; of a publication, how many of its copies got how far. */
async function stateOf(session: Session, messageId: string): Promise<unknown> {
  const status = await session.client.ask({ action: "status", messageId });
  if (status.ok) return status.reply.state;
  return (await session.rest.findMessage(messageId))?.copies ?? "unknown";
}

async function timedOut(session: Session, messageId: string): Promise<ToolAnswer> {
  const state = await stateOf(session, messageId);
  const note = session.host.isOneShot
    ? "No reply yet. Wait again if you need it: this session ends with its answer."
    : "No reply yet. It comes as a message when it is there; or wait again.";
  return { ok: true, value: { reply: null, state, note } };
}
