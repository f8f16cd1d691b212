/**
 * A message as JSON, written once by `composeMessage` and only spliced afterwards: a message is moved and stored many
 * times, and parsing it each time would cost more than everything else.
 *
 * The splices rely on the order in which `bodyOf` writes: {"messageId":"<36 characters>","from":"<sender>","to":"…",…
 */
import type { Message } from "../shared/message.ts";
import { fanOutId } from "./fan-out-id.ts";

const ID_FROM = '{"messageId":"'.length;
const ID_TO = ID_FROM + 36;
const SENDER_FROM = ID_TO + '","from":"'.length;

/** Returns the JSON of a message, in the order that the splices rely on. */
export function bodyOf({ messageId, from, to, ...rest }: Message): string {
  return JSON.stringify({ messageId, from, to, ...rest });
}

/** Returns the message id of a body, without parsing it. */
export function messageIdOf(body: string): string {
  return body.slice(ID_FROM, ID_TO);
}

/** Returns the same body under another id, without parsing it. */
export function withMessageId(body: string, messageId: string): string {
  return body.slice(0, ID_FROM) + messageId + body.slice(ID_TO);
}

/** Returns one recipient's copy of a publication or broadcast (M3). */
export function copyOf(body: string, recipient: string): string {
  return withMessageId(body, fanOutId(messageIdOf(body), recipient));
}

/** Returns who sent a body, without parsing it. */
export function senderOf(body: string): string {
  return body.slice(SENDER_FROM, body.indexOf('"', SENDER_FROM));
}

/**
 * Returns the same message to another instance, without parsing it: an address holds nothing that JSON escapes. A copy of a
 * publication stays one: its `to` names the topic (section 3).
 */
export function withRecipient(body: string, to: string): string {
  const from = body.indexOf('"', SENDER_FROM) + '","to":"'.length;
  if (body.startsWith("topic:", from)) return body;
  return body.slice(0, from) + to + body.slice(body.indexOf('"', from));
}

/** Returns a body as a client reads it from its queue: with its place and how often it was given. */
export function withSeq(body: string, seq: number, attempt: number): string {
  return `{"seq":${seq},"attempt":${attempt},${body.slice(1)}`;
}

/** Parses a body; null for one that cannot be read (Q10). */
export function readMessage(body: string): Message | null {
  try {
    return JSON.parse(body) as Message;
  } catch {
    return null;
  }
}
