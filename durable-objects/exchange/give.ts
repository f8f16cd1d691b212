/** Gives connections what their queues owe them, as far as their windows have room (Q2, Q3, Q5). */
import { LEASE_MS } from "../../shared/limits.ts";
import { readMessage, withSeq } from "../envelope.ts";
import { bodyOfDelivery, idOfDelivery } from "./copies.ts";
import { EXPIRED, endDeliveries, UNREADABLE } from "./end-deliveries.ts";
import type { Link } from "./links.ts";
import { pauseOf } from "./pauses/rules.ts";
import type { Delivery, DeliveryKey } from "./store/deliveries.ts";
import { State } from "./store/delivery-state.ts";
import type { Instance } from "./store/instances.ts";
import type { Turn } from "./turn.ts";

/** A message that is stored in this turn, on its way to one recipient. */
export interface Fresh {
  position: number;
  messageId: string;
  sender: string;
  body: string;
  bytes: number;
}

/** The state in which a new delivery is stored: given to the recipient's connection at once, where it has room. */
export function stateAtOnce(turn: Turn, recipient: Instance, bytes: number): State {
  const link = turn.links.of(recipient);
  if (link === undefined) return State.queued;
  const isFree = link.state === "open" && link.backlog === "nothing" && link.hasRoomFor(bytes);
  if (!isFree || pauseOf(turn, recipient) !== undefined) {
    link.noteQueued();
    return State.queued;
  }
  return link.version === 1 ? State.written : State.delivered;
}

/** Writes a new message to the connection that it was stored for as given. */
export function giveFresh(turn: Turn, link: Link, message: Fresh): void {
  giveBody(turn, link, { ...message, addressee: link.instance.number }, 1);
  turn.tellState(message.messageId, "delivered", message.sender, link.instance);
}

/** Gives what there is room for: first what was given before and not acked, then what never was. */
export function giveWaiting(turn: Turn, link: Link): void {
  if (link.state !== "open") return;
  if (pauseOf(turn, link.instance) !== undefined) {
    givePassing(turn, link);
    return;
  }
  if (link.backlog === "anything" && giveAll(turn, link, State.delivered)) link.backlog = "queued";
  if (link.backlog === "queued" && giveAll(turn, link, State.queued)) link.backlog = "nothing";
}

/**
 * H3: gives what passes the pause of a connection's instance, if there is one: whatever waits before it stays, and so does
 * the backlog. Without a pause it is given in its turn.
 */
export function givePassing(turn: Turn, link: Link): void {
  if (link.state !== "open" || pauseOf(turn, link.instance) === undefined) return;
  const isFirst = link.backlog === "anything";
  if (!isFirst || giveAll(turn, link, State.delivered, "passing")) giveAll(turn, link, State.queued, "passing");
}

/** Gives what is in one state, as far as there is room. Returns whether that is all of it. */
function giveAll(
  turn: Turn,
  link: Link,
  state: typeof State.delivered | typeof State.queued,
  which: "all" | "passing" = "all",
): boolean {
  const { deliveries } = turn.store;
  for (;;) {
    // What is in flight is in this state, too.
    const limit = link.roomAndOne + (state === State.delivered ? link.inFlight.size : 0);
    const { number } = link.instance;
    const rows =
      which === "all" ? deliveries.listOpen(number, state, limit) : deliveries.listPassing(number, state, limit);
    const waiting = rows.filter((delivery) => !isInFlight(turn, link, delivery));
    const fitting = takeFitting(turn, link, waiting);
    giveAgain(turn, link, fitting.rows);
    if (!fitting.isAll) return false;
    if (rows.length < limit) return true;
  }
}

/** Q3: what was not acked in time is given again. */
export function giveLapsed(turn: Turn, link: Link): void {
  const lapsed = [...link.inFlight.values()].filter(({ leaseUntil }) => leaseUntil <= turn.now);
  // What was given again stands behind what came since: Q2 has them by seq.
  lapsed.sort((a, b) => a.seq - b.seq);
  const rows = lapsed.flatMap((message) => turn.store.deliveries.find(message) ?? []);
  giveAgain(
    turn,
    link,
    rows.filter((row) => isGivable(turn, link, row)),
  );
}

function giveAgain(turn: Turn, link: Link, rows: readonly Delivery[]): void {
  const { instances, deliveries } = turn.store;
  deliveries.transition(link.version === 1 ? "write" : "deliver", link.instance.number, rows, turn.now);
  for (const row of rows) {
    const messageId = idOfDelivery(row, instances);
    giveBody(turn, link, { ...row, messageId, body: bodyOfDelivery(row, instances) }, row.attempts + 1);
    if (row.state === State.queued) turn.tellState(messageId, "delivered", row.sender, link.instance);
  }
  if (rows.length > 0) turn.noteDepth(link.instance);
}

/** A v1 client gets bare envelopes and has no window. */
function giveBody(turn: Turn, link: Link, message: Fresh & DeliveryKey, attempt: number): void {
  const { position, addressee, messageId, sender, bytes, body } = message;
  if (link.version === 1) {
    turn.give(link, 0, attempt, body);
    return;
  }
  const seq = link.hold({ position, addressee, messageId, sender, bytes, leaseUntil: turn.now + LEASE_MS });
  turn.give(link, seq, attempt, withSeq(body, seq, attempt));
}

function isInFlight(turn: Turn, link: Link, delivery: Delivery): boolean {
  return link.inFlight.size > 0 && link.inFlight.has(idOfDelivery(delivery, turn.store.instances));
}

/** The first of these that the window has room for, and whether these are all. */
function takeFitting(turn: Turn, link: Link, rows: readonly Delivery[]): { rows: Delivery[]; isAll: boolean } {
  const fitting: Delivery[] = [];
  const more = { count: 0, bytes: 0 };
  for (const row of rows) {
    if (!link.hasRoomFor(row.bytes, more)) return { rows: fitting, isAll: false };
    if (!isGivable(turn, link, row)) continue;
    fitting.push(row);
    more.count++;
    more.bytes += row.bytes;
  }
  return { rows: fitting, isAll: true };
}

/** Q10: a body that is no JSON would break the frame it is spliced into. Q6: what is past its time is not given. */
function isGivable(turn: Turn, link: Link, row: Delivery): boolean {
  const { instance } = link;
  if (row.expiresAt <= turn.now) endDeliveries(turn, instance, [row], "expired", EXPIRED);
  else if (readMessage(row.body) === null) endDeliveries(turn, instance, [row], "dead", UNREADABLE);
  else return true;
  return false;
}
