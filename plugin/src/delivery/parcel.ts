/** One message on its last metre: the states it can be in between the hub and the model, and what may change them. */
import type { DeliveredMessage } from "../../../shared/protocol.ts";
import type { WakeName } from "./wake-way.ts";

/** The ways to the model. `tool` is the result of a call that asked for messages. */
export type Path = WakeName | "hook" | "tool";

export type ParcelState =
  /** Nobody has it. */
  | { is: "waiting" }
  /** The model was told that it exists; `get_messages` gives it. */
  | { is: "listed" }
  /** One path is writing it at this moment, so no other takes it. */
  | { is: "inFlight"; by: Path; from: "waiting" | "listed" | "overdue" }
  /** The host program has the bytes; nothing shows yet that the model was given them. */
  | { is: "handed"; by: Path; at: number; isQueuedByHost: boolean }
  /** The host had its chance to show it and did not: another path may. */
  | { is: "overdue"; by: Path }
  /** Done: `acked` where the host cannot prove more than that it went on, `seen` where the model's context holds it. */
  | { is: "settled"; as: "acked" | "seen" };

export type ParcelEvent =
  | { type: "take"; by: Path }
  /** The write did not happen, or failed. */
  | { type: "release" }
  /** The path that has it wrote its name only. */
  | { type: "list" }
  /** It is one of those that a digest has counted before they came. */
  | { type: "count" }
  | { type: "write"; at: number }
  /** The host's own queue holds it, perhaps later than we waited for that. */
  | { type: "enqueue"; at: number }
  | { type: "miss" }
  /** A new context began before this was shown in the old one. */
  | { type: "reset" }
  | { type: "accept" }
  | { type: "prove" };

/** Of a settled message only what recognises it again is kept: bodies would be the memory of a long session. */
export type ParcelFacts = Pick<DeliveredMessage, "messageId" | "from" | "type" | "replyToMessageId" | "seq"> & {
  /** What shows in a transcript that the message was shown. */
  mark: string;
};

export interface Parcel {
  readonly facts: ParcelFacts;
  /** Undefined once settled. */
  message: DeliveredMessage | undefined;
  state: ParcelState;
}

/** A parcel whose message is still held. */
export type OpenParcel = Parcel & { message: DeliveredMessage };

export function isOpen(parcel: Parcel): parcel is OpenParcel {
  return parcel.message !== undefined;
}

/** Returns the state after an event, or undefined where the present state does not allow it. */
export function transition(state: ParcelState, event: ParcelEvent): ParcelState | undefined {
  switch (event.type) {
    case "take":
      return isFree(state) ? { is: "inFlight", by: event.by, from: state.is } : undefined;
    case "release":
      if (state.is !== "inFlight") return undefined;
      return state.from === "overdue" ? { is: "overdue", by: state.by } : { is: state.from };
    case "list":
      return state.is === "inFlight" ? { is: "listed" } : undefined;
    case "count":
      return state.is === "waiting" ? { is: "listed" } : undefined;
    case "write":
      if (state.is !== "inFlight") return undefined;
      return { is: "handed", by: state.by, at: event.at, isQueuedByHost: false };
    case "enqueue":
      if (state.is === "overdue") return { is: "handed", by: state.by, at: event.at, isQueuedByHost: true };
      return state.is === "handed" ? { ...state, isQueuedByHost: true } : undefined;
    case "miss":
      return state.is === "handed" ? { is: "overdue", by: state.by } : undefined;
    case "reset":
      return state.is === "handed" || state.is === "listed" || state.is === "overdue" ? { is: "waiting" } : undefined;
    case "accept":
      return state.is === "handed" ? { is: "settled", as: "acked" } : undefined;
    case "prove":
      return state.is === "settled" && state.as === "seen" ? undefined : { is: "settled", as: "seen" };
  }
}

/** Whether a path may take a parcel in this state. */
export function isFree(state: ParcelState): state is Extract<ParcelState, { is: "waiting" | "listed" | "overdue" }> {
  return state.is === "waiting" || state.is === "listed" || state.is === "overdue";
}

/** Whether the model has this message or is about to: no call needs to repeat it. */
export function isOnItsWay({ state }: Parcel): boolean {
  return !isFree(state);
}
