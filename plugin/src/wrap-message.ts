/** How a message looks to the model: one tag, its facts as attributes, the body as it is but for look-alike tags. */
import type { DeliveredMessage } from "../../shared/protocol.ts";

/** Tags that the client gives a meaning to. The receiver does not escape, so a body could pretend to be another's message. */
const LOOK_ALIKE = /<(?=\s*\/?\s*(?:channel|cross-session-message|system-reminder)(?![a-z0-9-]))/gi;

/** Facts in the order in which the tag shows them. Keys are `[A-Za-z0-9_]`: the client drops any other. */
export function metaOf(message: DeliveredMessage): Record<string, string> {
  return {
    from: toSafeValue(message.from),
    type: message.type,
    message_id: message.messageId,
    reply_to: message.replyToMessageId ?? "",
    ...(message.topicName === undefined ? {} : { topic: toSafeValue(message.topicName) }),
    ...(message.fromRole === undefined ? {} : { from_role: toSafeValue(message.fromRole) }),
  };
}

/** Leaves no tag in a text that a reader could take for the client's own. */
export function neutralise(text: string): string {
  return text.replace(LOOK_ALIKE, "&lt;");
}

/** The tag as text, for every path on which the client does not write it itself. */
export function wrapMessage(message: DeliveredMessage): string {
  const attributes = Object.entries(metaOf(message)).map(([name, value]) => ` ${name}="${value}"`);
  return `<channel source="cc2cc"${attributes.join("")}>\n${neutralise(message.content)}\n</channel>`;
}

/** Ids of messages that a text shows in tags. */
export function messageIdsIn(text: string): string[] {
  // In a transcript, a line of JSON, the quotes are escaped.
  return [...text.matchAll(/message_id=\\*"([0-9a-fA-F-]{36})/g)].map((match) => match[1] as string);
}

function toSafeValue(text: string): string {
  return text.replace(/[^A-Za-z0-9@:._/-]/g, "-");
}
