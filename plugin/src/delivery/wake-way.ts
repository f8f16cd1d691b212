/** The ways in which a host program lets us reach a session that is not asking. Each host has some of them, or none. */
import type { DeliveredMessage } from "../../../shared/protocol.ts";
import type { Offer } from "./offer.ts";

/** As `hub_status` and the setting `delivery` name them, in no order. */
export const WAKE_NAMES = ["inbox", "channel", "queue", "prompt", "input"] as const;
export type WakeName = (typeof WAKE_NAMES)[number];

/** What a channel is given: a message, or a digest of several as text. */
export type ChannelPush = { message: DeliveredMessage } | { digest: string };

export type WakeWay =
  /** Takes messages one by one, and forms them itself. */
  | { kind: "push"; by: WakeName; push(push: ChannelPush): Promise<void> }
  /** Takes a text that holds messages, and puts it before the model as a prompt. */
  | {
      kind: "post";
      by: WakeName;
      /** The text for an offer; the first of a context says how to answer. */
      compose(offer: Offer, isFirst: boolean): string;
      /** Resolves when the host has taken the bytes. */
      post(content: string): Promise<void>;
    }
  /** Only starts a turn: a hook of that turn brings the messages, so that no peer's text comes as the user's. */
  | { kind: "nudge"; by: WakeName; nudge(): Promise<void> };
