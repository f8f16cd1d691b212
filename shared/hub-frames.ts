/** What the hub writes to clients (protocol section 5): types alone, because nobody but the hub writes them. */
import type { DecisionState } from "./decision-state.ts";
import type { ErrorCode } from "./errors.ts";
import type { DeliveryState, Message } from "./message.ts";
import type { Pause } from "./pauses.ts";
import type { PROTOCOL_VERSION } from "./protocol.ts";

export interface ErrorFrame {
  requestId?: string;
  error: string;
  code: ErrorCode;
  details?: Record<string, unknown>;
  retryAfterMs?: number;
}

export interface WelcomeFrame {
  action: "welcome";
  protocol: typeof PROTOCOL_VERSION;
  instanceId: string;
  identityToken?: string;
  role?: string;
  topics: string[];
  /** Messages of this instance that are not acked yet. */
  pending: number;
  /** T5: open tasks that it has, at most 1,000; left out for none. */
  openTasks?: number;
  /** H3. */
  paused?: Pause;
  hub: { version: string };
  limits: {
    contentBytes: number;
    metadataBytes: number;
    frames: number;
    windowSeconds: number;
    broadcastIntervalSeconds: number;
    unackedMessages: number;
  };
}

/** A message on its way to a v2 client. Broadcasts and live publications have no `seq` and want no ack. */
export type DeliveredMessage = Message & { seq?: number; attempt?: number };

export interface DeliverFrame {
  action: "deliver";
  messages: DeliveredMessage[];
}

export interface SubscriptionsFrame {
  action: "subscriptions:sync";
  topics: string[];
}

export interface ReceiptFrame {
  action: "receipt";
  messageId: string;
  state: Exclude<DeliveryState, "queued">;
  at: string;
  /** The recipient. */
  instanceId: string;
}

/** H2: how an approval ended that this instance asked for. It is worth nothing later, so it waits for nobody. */
export interface DecisionFrame {
  action: "decision";
  decisionId: string;
  state: Exclude<DecisionState, "open">;
  answer?: string;
  answeredBy?: string;
  note?: string;
}

/** H3: from here on only what passes a pause comes, and goes. */
export interface PausedFrame extends Pause {
  action: "paused";
}

/** H3: the pause is over; what waited comes. */
export interface ResumedFrame {
  action: "resumed";
}

/** What the hub sends unasked to a v2 client. */
export type HubFrame =
  | WelcomeFrame
  | DeliverFrame
  | SubscriptionsFrame
  | ReceiptFrame
  | DecisionFrame
  | PausedFrame
  | ResumedFrame;

/** A reply carries the request's id and either the result's fields or an error. */
export type ReplyFrame = ErrorFrame | ({ requestId?: string } & Record<string, unknown>);
