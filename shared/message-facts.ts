/** What of a message its reader is told beside its body, and the short forms of it for lists. Pure. */
import { neutralise } from "./neutralise.ts";
import type { DeliveredMessage } from "./protocol.ts";

/** As much of a body as a line for a person takes. */
const EXCERPT_LENGTH = 40;
/**
 * A session that a UUID names, and as much of it as tells two apart; `tools/addresses.ts` finds the whole again. A UUID of
 * version 7, which Codex has, begins with the time: all sessions of one minute begin alike, so its end is taken.
 */
const UUID_SESSION = /\/([0-9a-f]{8})-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{4}([0-9a-f]{8})(?=$|-)/;

/** The facts of a message that its reader needs, in the order in which they are shown. */
export interface MessageFacts {
  type: string;
  from: string;
  message_id: string;
  reply_to?: string;
  /** The role, topic or `broadcast` that it went to: others got it too. */
  role?: string;
  topic?: string;
  to?: "broadcast";
  /** Of what went to several, nobody waits for an acknowledgement by each. */
  ack?: "none";
  from_role?: string;
  /** T3: it is a task for one of those who have this role, and goes to another where this session does not accept it. */
  any_of?: string;
  /** T4: when the task is due. */
  due?: string;
  /** SC4: it comes from a schedule of this name, not from somebody who writes now. */
  schedule?: string;
}

export function factsOf(message: DeliveredMessage): MessageFacts {
  const { type, from, messageId, replyToMessageId, fromRole, anyOf, dueAt, metadata } = message;
  return {
    type,
    from: toSafeValue(from),
    message_id: messageId,
    ...(replyToMessageId === undefined ? {} : { reply_to: replyToMessageId }),
    ...audienceOf(message),
    ...(fromRole === undefined ? {} : { from_role: toSafeValue(fromRole) }),
    ...(anyOf === undefined ? {} : { any_of: toSafeValue(anyOf) }),
    ...(dueAt === undefined ? {} : { due: toSafeValue(dueAt) }),
    ...(metadata?.scheduleId === undefined ? {} : { schedule: toSafeValue(String(metadata.schedule)) }),
  };
}

/** The audience of a message that went to several; nothing for one that was sent to this session alone. */
function audienceOf({ to, role, topicName }: DeliveredMessage): Pick<MessageFacts, "role" | "topic" | "to" | "ack"> {
  if (role !== undefined) return { role: toSafeValue(role), ack: "none" };
  if (topicName !== undefined) return { topic: toSafeValue(topicName), ack: "none" };
  return to === "broadcast" ? { to, ack: "none" } : {};
}

/** One line for a person, and for a list: `task from ada@laptop:api/6b1f6f0e: Please review the …`. */
export function headlineOf(message: DeliveredMessage, excerptLength = EXCERPT_LENGTH): string {
  const { role, topic, to } = audienceOf(message);
  const audience = role === undefined ? (topic ?? to) : `role ${role}`;
  const addressee = audience === undefined ? "" : ` to ${audience}`;
  const excerpt = excerptOf(message.content, excerptLength);
  return `${message.type} from ${shortIdOf(toSafeValue(message.from))}${addressee}: ${excerpt}`;
}

/** An instance id with 8 characters of its session's UUID; any other id as it is. */
export function shortIdOf(instanceId: string): string {
  return instanceId.replace(UUID_SESSION, (_, start, version, end) => `/${version === "7" ? end : start}`);
}

/** The sender without the session, which means nothing to a person. */
export function senderOf({ from }: Pick<DeliveredMessage, "from">): string {
  return toSafeValue(from.split("/")[0] ?? from);
}

function excerptOf(content: string, length: number): string {
  // More than is shown is neutralised first, so that a cut cannot make a new tag.
  const line = neutralise(content.slice(0, length * 4))
    .replace(/\s+/g, " ")
    .trim();
  const characters = [...line];
  return characters.length > length || content.length > length * 4 ? `${characters.slice(0, length).join("")}…` : line;
}

function toSafeValue(text: string): string {
  return text.replace(/[^A-Za-z0-9@:._/-]/g, "-");
}
