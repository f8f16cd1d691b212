/**
 * The life of one delivery: a message and one recipient of it. Below `written` it is open: its recipient owes an ack.
 *
 * `written` is the end for a v1 client, which cannot ack; outside of the store it reads as `delivered`.
 */
import type { DeliveryState } from "../../../shared/message.ts";

/** Stored as numbers, so that the open ones compare as less than the ended ones. */
export const State = {
  queued: 0,
  delivered: 1,
  written: 2,
  acked: 3,
  seen: 4,
  expired: 5,
  dead: 6,
  removed: 7,
  /** A dead letter that was taken away: kept to know a repeat (M3). */
  dropped: 8,
} as const;
export type State = (typeof State)[keyof typeof State];

/** The first state that is no longer owed an ack. */
export const FIRST_ENDED = State.written;

/** State names as the protocol has them, by number. */
export const STATE_NAMES: readonly DeliveryState[] = [
  "queued",
  "delivered",
  "delivered",
  "acked",
  "seen",
  "expired",
  "dead",
  "removed",
  "removed",
];

/** What can happen to a delivery: the states it may be in before, and the one it is in afterwards. */
export const TRANSITIONS = {
  /** Given to a v2 connection, for the first time or again. */
  deliver: { from: [State.queued, State.delivered], to: State.delivered },
  /** Given to a v1 connection. */
  write: { from: [State.queued, State.delivered], to: State.written },
  /** The v1 connection had ended before it could be written to. A v2 client is owed it in any case. */
  giveBack: { from: [State.written], to: State.queued },
  ack: { from: [State.queued, State.delivered], to: State.acked },
  see: { from: [State.queued, State.delivered, State.acked], to: State.seen },
  expire: { from: [State.queued, State.delivered], to: State.expired },
  kill: { from: [State.queued, State.delivered], to: State.dead },
  remove: { from: [State.queued, State.delivered], to: State.removed },
  drop: { from: [State.expired, State.dead, State.removed], to: State.dropped },
  retry: { from: [State.expired, State.dead, State.removed], to: State.queued },
} as const satisfies Record<string, { from: readonly State[]; to: State }>;
export type Transition = keyof typeof TRANSITIONS;

/** Returns the state after a transition, or null where it may not happen. */
export function transition(state: State, name: Transition): State | null {
  const { from, to } = TRANSITIONS[name];
  return (from as readonly State[]).includes(state) ? to : null;
}

/** Whether it ended without an ack, and can be retried or dropped (Q6). */
export function isDeadLetter(state: State): boolean {
  return transition(state, "drop") !== null;
}

/** Whether the recipient still owes an ack. */
export function isOpen(state: State): boolean {
  return state < FIRST_ENDED;
}
