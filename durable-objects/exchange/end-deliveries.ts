/** The ends of messages that nobody acked (Q6): they become dead letters, and their senders get receipts. */
import { idOfDelivery } from "./copies.ts";
import type { Delivery } from "./store/deliveries.ts";
import type { Instance } from "./store/instances.ts";
import type { Turn } from "./turn.ts";

export const EXPIRED = "not acked before it expired";
/** Q10. */
export const UNREADABLE = "its stored envelope cannot be read";

const TRANSITION_OF = { expired: "expire", dead: "kill", removed: "remove" } as const;
/** More rows at a time would make one transaction long. */
const ALL = 1_000_000;

/** Ends open deliveries of one owner. `reason` is a phrase that people read. */
export function endDeliveries(
  turn: Turn,
  owner: Instance,
  rows: readonly Delivery[],
  state: keyof typeof TRANSITION_OF,
  reason: string,
): void {
  if (rows.length === 0) return;
  turn.store.deliveries.transition(TRANSITION_OF[state], owner.number, rows, turn.now, reason);
  const link = turn.links.of(owner);
  for (const row of rows) {
    const messageId = idOfDelivery(row, turn.store.instances);
    if (link !== undefined) turn.letGo(link, messageId);
    turn.tellState(messageId, state, row.sender, owner);
    if (!row.isPublication) turn.noteEnded({ messageId, state, reason });
  }
  turn.noteDepth(owner);
}

/** Ends everything that a queue owes, in flight or not. Returns how many messages that were. */
export function flushQueue(turn: Turn, owner: Instance, reason: string): number {
  const rows = turn.store.deliveries.peek(owner.number, 0, ALL);
  endDeliveries(turn, owner, rows, "removed", reason);
  return rows.length;
}

/** Ends what is past its time. `after` is how far this was done before, epoch ms. */
export function expireDue(turn: Turn, after: number): void {
  const { messages, deliveries, instances } = turn.store;
  const due = deliveries.listOpenAt(messages.listExpiring(after, turn.now));
  for (const [number, rows] of Map.groupBy(due, ({ owner }) => owner)) {
    const owner = instances.byNumber(number);
    if (owner !== undefined) endDeliveries(turn, owner, rows, "expired", EXPIRED);
  }
}

/** The same for one queue, before its recipient is told how much waits. */
export function expireQueue(turn: Turn, owner: Instance): void {
  endDeliveries(turn, owner, turn.store.deliveries.listOverdue(owner.number, turn.now), "expired", EXPIRED);
}
