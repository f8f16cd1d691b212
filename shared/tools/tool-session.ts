/**
 * What tools ask of the session in which they are called. The plugin's session answers in its process, that of `/mcp` in
 * the hub: so a tool is declared once, and does the same by both.
 */

import type { Answer } from "../client/client-core.ts";
import type { Message } from "../message.ts";
import type { Pause } from "../pauses.ts";
import type { ClientFrameInput, DeliveredMessage, ReceiptFrame } from "../protocol.ts";
import type { ReplyWaiters } from "../replies/reply-waiters.ts";
import type { SentMessages } from "../replies/sent-messages.ts";
import type { MessageParts } from "./message-parts.ts";

export interface ToolSession {
  readonly instanceId: string;
  readonly inbox: ToolInbox;
  readonly history: ToolHistory;
  readonly sent: SentMessages;
  readonly waiters: ReplyWaiters;
  readonly parts: MessageParts;
  /** What a wait says that ended without an answer. */
  readonly noReplyNote: string;
  /** Asks the hub by a frame. Never throws. */
  ask(frame: ClientFrameInput): Promise<Answer>;
  /** A UUIDv7 (M3). */
  newMessageId(): string;
  /** How far a message got, as its last receipt says. */
  receiptOf(messageId: string): ReceiptFrame["state"] | undefined;
  /** A text that shows in the client's own record that it has the message; undefined where nobody reads one. */
  markOf(messageId: string): string | undefined;
  /** The name of a glob of files (L2), relative to where the session works; undefined where that is not known. */
  fileName(glob: string): Promise<string | undefined>;
  /** H3: what holds this session up; undefined where nothing does. */
  paused(): Pause | undefined;
  /** The answer of `hub_status`. */
  describe(): object;
}

/** The messages of a session on their way to its model. Those that a call has taken are its own until it gives them back. */
export interface ToolInbox {
  /** How many more the hub holds back (Q5). */
  readonly behindCount: number;
  /** A tool is called: its client went on with what earlier calls returned. */
  noteCall(): void;
  /** Those that no call and no other way has, in the order of arrival. */
  free(): DeliveredMessage[];
  /** Takes in what a look into the queue has shown; what is known already stays as it is. */
  add(messages: readonly DeliveredMessage[]): void;
  take(messages: readonly DeliveredMessage[]): void;
  giveBack(messages: readonly DeliveredMessage[]): void;
  /** The call that took them returns them: `shown` to their end, of `listed` a part. */
  finish(returned: { shown: DeliveredMessage[]; listed: DeliveredMessage[] }): void;
  /** Messages that answer another, as far as they are remembered. */
  answers(): ReceivedAnswer[];
  /** The model names a message, so it has it, if it was handed over. */
  noteNamed(messageId: string): void;
  /** From whom a message of that id came to this session; undefined where none did. */
  senderOf(messageId: string): string | undefined;
  /** From whom messages came, each once. */
  senders(): string[];
}

/** Of a session to which nothing is pushed. */
export interface PullInbox extends ToolInbox {
  /** Resolves when a message is there for a call to take, the time is up, or the call was given up. */
  arrival(waitMs: number, signal: AbortSignal): Promise<void>;
}

export interface PullSession extends ToolSession {
  readonly inbox: PullInbox;
}

export interface ReceivedAnswer {
  facts: Pick<DeliveredMessage, "messageId" | "from" | "type" | "replyToMessageId">;
  /** Undefined where the model has it, or is about to. */
  message: DeliveredMessage | undefined;
}

export type Found<T> = { ok: true; value: T } | { ok: false; error: string };

/** What only the hub's history tells. */
export interface ToolHistory {
  /** Newest first. */
  searchMessages(query: string, limit: number): Promise<Found<{ items: (Message & { state?: string })[] }>>;
  /** Newest first. */
  topicMessages(topic: string, limit: number): Promise<Found<{ items: Message[] }>>;
  /** How many copies of a publication got how far; undefined for what is none. */
  copiesOf(messageId: string): Promise<Record<string, number> | undefined>;
}
