/** What a client's frame asks of the exchange. */
import { parseAddress } from "../../../shared/ids.ts";
import type { ClientFrame, FrameOf } from "../../../shared/protocol.ts";
import { type Author, compose } from "../../compose.ts";
import { sha256Hex } from "../../hash.ts";
import type { AckOp, Op } from "../../link.ts";
import { toDecisionOp } from "./decision-op.ts";
import { toScheduleOp } from "./schedule-op.ts";
import { answerPartOf, taskPartOf, toTaskOp } from "./task-part.ts";

/** An op, and the message that goes with it; null for one without. */
export interface Asked {
  op: Op;
  body: string | null;
}

/** Returns the op of a frame; messages are composed here, as `author` at `now` (M1). */
export function toOp(frame: Exclude<ClientFrame, FrameOf<"session_update">>, author: Author, now: number): Asked {
  switch (frame.action) {
    case "send_message":
      return toSend(frame, author, now);
    case "publish_topic":
      return toPublish(frame, frame.topic, author, now);
    case "broadcast":
      return { op: { do: "broadcast" }, body: compose(frame, author, "broadcast", now).body };
    case "ack":
      return { op: toAck(frame), body: null };
    case "get_messages":
      return { op: { do: "pull", limit: frame.limit, peek: frame.peek }, body: null };
    case "status":
      return { op: { do: "status", messageId: frame.messageId }, body: null };
    case "set_role":
      return { op: { do: "set_role", role: frame.role === "" ? null : frame.role }, body: null };
    case "subscribe_topic":
      return { op: { do: "subscribe", topic: frame.topic }, body: null };
    case "unsubscribe_topic":
      return { op: { do: "unsubscribe", topic: frame.topic }, body: null };
    case "list_instances":
      return { op: { do: "list_instances" }, body: null };
    case "list_topics":
      return { op: { do: "list_topics" }, body: null };
    case "ping":
      return { op: { do: "ping", to: frame.to }, body: null };
    case "update_task":
    case "cancel_task":
    case "list_tasks":
      return { op: toTaskOp(frame), body: null };
    case "claim": {
      const { names, mode, ttlSeconds, wait, reason } = frame;
      return { op: { do: "claim", names, mode, ttlSeconds, wait, reason }, body: null };
    }
    case "release":
      return { op: { do: "release", names: frame.names }, body: null };
    case "list_claims":
      return { op: { do: "list_claims", mine: frame.mine, after: frame.after, limit: frame.limit }, body: null };
    case "touch_file":
      return { op: { do: "touch_file", file: frame.file }, body: null };
    case "ask_human":
    case "ask_approval":
    case "withdraw_decision":
    case "get_decision":
      return { op: toDecisionOp(frame), body: null };
    case "create_schedule":
    case "update_schedule":
    case "delete_schedule":
    case "get_schedule":
    case "list_schedules":
      return { op: toScheduleOp(frame), body: null };
  }
}

/** The secret itself stays here: only its hash leaves. */
export async function toChangeSession(frame: FrameOf<"session_update">): Promise<Asked> {
  const identityHash = frame.identity === undefined ? null : await sha256Hex(frame.identity);
  return { op: { do: "change_session", to: frame.newInstanceId, identityHash }, body: null };
}

export function toAck({ upTo, messageIds, state }: FrameOf<"ack">): AckOp {
  return { do: "ack", upTo, messageIds, state };
}

/** A `send_message` to a topic or to everyone is a publication or a broadcast (section 4). */
function toSend(frame: FrameOf<"send_message">, author: Author, now: number): Asked {
  const address = parseAddress(frame.to);
  if (address?.kind === "topic") return toPublish(frame, address.topic, author, now);
  const draft = address?.kind === "any" ? { ...frame, anyOf: address.role } : frame;
  const { body, bytes, expiresAt } = compose(draft, author, frame.to, now);
  if (address?.kind === "broadcast") return { op: { do: "broadcast", ...answered(frame) }, body };
  const role = address?.kind === "any" ? address.role : null;
  return { op: { do: "send", to: frame.to, bytes, expiresAt, ...answered(frame), ...taskPartOf(frame, role) }, body };
}

function toPublish(
  frame: FrameOf<"publish_topic"> | FrameOf<"send_message">,
  topic: string,
  author: Author,
  now: number,
): Asked {
  const { body, bytes, expiresAt } = compose({ ...frame, topicName: topic }, author, `topic:${topic}`, now);
  const { persistent = false } = frame;
  return {
    op: { do: "publish", topic, persistent, bytes, expiresAt, ...answered(frame), ...answerPartOf(frame) },
    body,
  };
}

/** The message that this one answers, if any. */
function answered({ replyToMessageId: replyTo }: Pick<FrameOf<"send_message">, "replyToMessageId">) {
  return replyTo === undefined ? {} : { replyTo };
}
