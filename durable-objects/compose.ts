/** Writes a message's envelope once, as the JSON that every later hop only splices (M1, section 3). */
import { uuidv7 } from "uuidv7";
import { TTL_DEFAULT_SECONDS } from "../shared/limits.ts";
import { type Message, utf8Length } from "../shared/message.ts";
import { bodyOf } from "./envelope.ts";
import { isoTime } from "./iso-time.ts";

/** What a sender says of a message; the rest is stamped here. */
export type Draft = Pick<Message, "type" | "content"> & {
  [K in "messageId" | "replyToMessageId" | "metadata" | "topicName" | "role" | "anyOf" | "task"]?:
    | Message[K]
    | undefined;
} & { ttlSeconds?: number | undefined; dueInSeconds?: number | undefined };

/** Who sends, stamped by the hub (M1). */
export interface Author {
  from: string;
  role: string | null;
}

/** A message ready to be stored. Times in epoch ms, `bytes` those of `body` in UTF-8. */
export interface Composed {
  body: string;
  bytes: number;
  expiresAt: number;
}

/** Returns the message as its recipient will read it. `now` in epoch ms. */
export function composeMessage(draft: Draft, author: Author, to: string, now: number): Message {
  const message: Message = {
    messageId: draft.messageId ?? uuidv7(),
    from: author.from,
    to,
    type: draft.type,
    content: draft.content,
    timestamp: isoTime(now),
  };
  if (draft.replyToMessageId !== undefined) message.replyToMessageId = draft.replyToMessageId;
  if (draft.topicName !== undefined) message.topicName = draft.topicName;
  if (draft.role !== undefined) message.role = draft.role;
  if (draft.anyOf !== undefined) message.anyOf = draft.anyOf;
  if (draft.metadata !== undefined) message.metadata = draft.metadata;
  if (author.role !== null) message.fromRole = author.role;
  if (draft.ttlSeconds !== undefined) message.expiresAt = new Date(now + draft.ttlSeconds * 1_000).toISOString();
  if (draft.dueInSeconds !== undefined) message.dueAt = new Date(now + draft.dueInSeconds * 1_000).toISOString();
  if (draft.task !== undefined) message.task = draft.task;
  return message;
}

/** Returns the same as JSON, with its size and the end of its time. */
export function compose(draft: Draft, author: Author, to: string, now: number): Composed {
  const body = bodyOf(composeMessage(draft, author, to, now));
  return { body, bytes: utf8Length(body), expiresAt: now + (draft.ttlSeconds ?? TTL_DEFAULT_SECONDS) * 1_000 };
}
