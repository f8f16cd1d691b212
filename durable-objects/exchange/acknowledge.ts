/** Acks (Q4), `get_messages` (Q7), and what of both becomes receipts for senders. */
import { type Result, success } from "../../shared/errors.ts";
import { readMessage } from "../envelope.ts";
import type { AckOp, OpOf } from "../link.ts";
import { noteAnswered } from "./change-session.ts";
import { bodyOfDelivery, findDelivery, idOfDelivery } from "./copies.ts";
import { endDeliveries, UNREADABLE } from "./end-deliveries.ts";
import { giveWaiting } from "./give.ts";
import type { Link } from "./links.ts";
import { describePause, pauseOf } from "./pauses/rules.ts";
import type { Delivery, DeliveryKey } from "./store/deliveries.ts";
import { isOpen, State } from "./store/delivery-state.ts";
import type { Turn } from "./turn.ts";

/** What an ack settles. */
type Settled = DeliveryKey & { messageId: string; sender: string; bytes: number; state: State };

/** Does an ack. Returns how many messages changed their state. */
export function acknowledge(turn: Turn, link: Link, { upTo = -1, messageIds = [], state }: AckOp): number {
  const ids = new Set(messageIds);
  const held = [...link.inFlight.values()].filter((message) => message.seq <= upTo || ids.has(message.messageId));
  const settled = held.map((message): Settled => ({ ...message, state: State.delivered }));
  for (const { messageId } of held) ids.delete(messageId);
  const isSeen = state === "seen";
  if (isSeen) {
    const acked = link.takeAcked(upTo, ids);
    for (const { messageId } of acked) ids.delete(messageId);
    settled.push(...acked.map((message): Settled => ({ ...message, state: State.acked })));
  }
  settled.push(...findOthers(turn, link, ids, isSeen));
  settle(turn, link, settled, isSeen ? "see" : "ack");
  if (!isSeen) link.noteAcked(held);
  if (held.length > 0) noteAnswered(turn, link, true);
  return settled.length;
}

/** Does a `get_messages`: the oldest that are not acked, of a paused session what passes; acks them unless it only peeks. */
export function pull(turn: Turn, link: Link, { limit, peek }: OpOf<"pull">): Result<object> {
  const { deliveries, instances } = turn.store;
  const { number } = link.instance;
  const pause = pauseOf(turn, link.instance);
  const rows = pause === undefined ? deliveries.peek(number, 0, limit) : deliveries.peekPassing(number, limit);
  const [readable, broken] = [rows.filter(isReadable), rows.filter((row) => !isReadable(row))];
  endDeliveries(turn, link.instance, broken, "dead", UNREADABLE);
  const messages = readable.map((row) => readMessage(bodyOfDelivery(row, instances)));
  if (!peek) {
    const settled = readable.map((row) => toSettled(turn, row));
    const held = settled.flatMap(({ messageId }) => link.inFlight.get(messageId) ?? []);
    settle(turn, link, settled, "ack");
    link.noteAcked(held);
  }
  return success({ messages, ...(pause === undefined ? {} : { paused: describePause(turn, pause) }) });
}

/** Acks by id what this connection was not given: known from an earlier one, or from a peek. */
function findOthers(turn: Turn, link: Link, ids: ReadonlySet<string>, isSeen: boolean): Settled[] {
  return [...ids].flatMap((id) => {
    const row = findDelivery(id, turn.store, link.instance);
    const owner = row && turn.store.instances.byNumber(row.owner);
    if (row === undefined || owner === undefined || turn.store.instances.current(owner) !== link.instance) return [];
    return isOpen(row.state) || (isSeen && row.state === State.acked) ? [toSettled(turn, row)] : [];
  });
}

function settle(turn: Turn, link: Link, settled: readonly Settled[], name: "ack" | "see"): void {
  if (settled.length === 0) return;
  const { deliveries } = turn.store;
  for (const [owner, group] of Map.groupBy(settled, (message) => ownerOf(turn, link, message))) {
    deliveries.transition(name, owner, group, turn.now);
  }
  for (const { messageId, sender } of settled) {
    turn.letGo(link, messageId);
    turn.tellState(messageId, name === "see" ? "seen" : "acked", sender, link.instance);
  }
  turn.noteDepth(link.instance);
  giveWaiting(turn, link);
}

/** What ended under an id before this one (Q8) stays with that; what is open moved along. */
function ownerOf(turn: Turn, link: Link, message: Settled): number {
  if (isOpen(message.state)) return link.instance.number;
  return turn.store.deliveries.find(message)?.owner ?? link.instance.number;
}

function toSettled(turn: Turn, row: Delivery): Settled {
  const { position, addressee, sender, bytes, state } = row;
  return { position, addressee, sender, bytes, state, messageId: idOfDelivery(row, turn.store.instances) };
}

function isReadable(row: Delivery): boolean {
  return readMessage(row.body) !== null;
}
