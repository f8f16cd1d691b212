/** Dead letters (Q6): what ended without an ack, to be seen, retried or dropped. */
import { type Failure, failure, type Result, success } from "../../shared/errors.ts";
import { TTL_DEFAULT_SECONDS } from "../../shared/limits.ts";
import { type Message, utf8Length } from "../../shared/message.ts";
import type { DeadLetter } from "../../shared/rest.ts";
import { bodyOf, readMessage } from "../envelope.ts";
import { fullness } from "./accept.ts";
import { bodyOfDelivery, idOfDelivery } from "./copies.ts";
import { giveWaiting } from "./give.ts";
import type { Delivery } from "./store/deliveries.ts";
import { isDeadLetter, STATE_NAMES, State } from "./store/delivery-state.ts";
import type { Instance } from "./store/instances.ts";
import type { Store } from "./store/store.ts";
import type { Turn } from "./turn.ts";

/** How many of the newest dead letters are looked through for a copy of a publication, whose id stands in no table. */
const DEAD_MAX = 10_000;

/** The newest first. */
export function listDeadLetters(store: Store, limit: number): DeadLetter[] {
  return store.deliveries.listDead(limit).map((row) => toDeadLetter(row, store));
}

/**
 * Puts a dead letter back under its id, with a new time to live, at the end of the queue of who takes the mail by now: an ack
 * under way that names all up to a later seq must not take it along.
 */
export function retryDeadLetter(turn: Turn, messageId: string): Result<null> {
  const { instances, deliveries, messages } = turn.store;
  const row = findDead(messageId, turn.store);
  if (row === undefined) return noDeadLetter(messageId);
  const owner = instances.byNumber(row.owner);
  const holder = owner && instances.current(owner);
  const message = readMessage(bodyOfDelivery(row, instances));
  if (holder === undefined) {
    return failure(
      "conflict",
      `${instances.idOf(row.owner)} was removed, and what waited for it with it; send it anew.`,
    );
  }
  if (message === null) {
    return failure("conflict", `${messageId} cannot be read any more; it can only be dropped.`);
  }
  const expiresAt = turn.now + TTL_DEFAULT_SECONDS * 1_000;
  const body = bodyOf(renewed(message, holder.id, expiresAt));
  const bytes = utf8Length(body);
  const full = fullness(turn, holder, bytes);
  if (full !== null) return full;
  deliveries.delete([row]);
  const position = row.isPublication
    ? messages.insertNew({ ...row, messageId, body, bytes, expiresAt, publication: null })
    : messages.renew(row.position, body, bytes, expiresAt);
  deliveries.insert(position, [holder.number], State.queued, { at: turn.now, bytes, passes: row.passes });
  turn.noteExpiry(expiresAt);
  turn.tellRetried(messageId, holder);
  giveAtOnce(turn, holder);
  return success(null);
}

/** Takes a dead letter away. Its id stays known, so that a sender that tries again creates no second message (M3). */
export function dropDeadLetter(turn: Turn, messageId: string): Result<null> {
  const row = findDead(messageId, turn.store);
  if (row === undefined) return noDeadLetter(messageId);
  turn.store.deliveries.transition("drop", row.owner, [row], turn.now, row.reason);
  return success(null);
}

function giveAtOnce(turn: Turn, holder: Instance): void {
  turn.noteDepth(holder);
  const link = turn.links.of(holder);
  if (link === undefined) return;
  link.noteQueued();
  giveWaiting(turn, link);
}

function renewed(message: Message, to: string, expiresAt: number): Message {
  const addressed = message.topicName === undefined ? { ...message, to } : message;
  return message.expiresAt === undefined ? addressed : { ...addressed, expiresAt: new Date(expiresAt).toISOString() };
}

function findDead(messageId: string, { messages, deliveries, instances }: Store): Delivery | undefined {
  const message = messages.find(messageId);
  const rows =
    message === undefined
      ? deliveries.listDead(DEAD_MAX).filter((row) => idOfDelivery(row, instances) === messageId.toLowerCase())
      : deliveries.listOf(message.position);
  return rows.find((row) => isDeadLetter(row.state) && idOfDelivery(row, instances) === messageId);
}

function toDeadLetter(row: Delivery, { instances }: Store): DeadLetter {
  const message = readMessage(bodyOfDelivery(row, instances));
  return {
    messageId: idOfDelivery(row, instances),
    instanceId: instances.idOf(row.owner),
    from: row.sender,
    ...(message === null ? {} : { type: message.type, message }),
    state: STATE_NAMES[row.state] as DeadLetter["state"],
    reason: row.reason ?? "",
    attempts: row.attempts,
    queuedAt: new Date(row.acceptedAt).toISOString(),
    endedAt: new Date(row.endedAt ?? 0).toISOString(),
  };
}

function noDeadLetter(messageId: string): Failure {
  return failure("not_found", `There is no dead letter ${messageId}.`);
}
