/** Accepts a message for one recipient (Q1): what this turn stores is accepted when its transaction is on disk. */
import { type Failure, failure, type Result, success } from "../../shared/errors.ts";
import { partialOf } from "../../shared/ids.ts";
import { NOTICES_BEYOND_MAX } from "../../shared/limits.ts";
import { digestOf } from "../content-digest.ts";
import { messageIdOf, senderOf, withRecipient } from "../envelope.ts";
import { type Fresh, giveFresh, givePassing, stateAtOnce } from "./give.ts";
import { pauseOf } from "./pauses/rules.ts";
import { isOpen, State } from "./store/delivery-state.ts";
import type { Instance } from "./store/instances.ts";
import type { StoredPause } from "./store/pauses.ts";
import type { Turn } from "./turn.ts";

/** A message for one recipient, as its mailbox composed it. */
export interface Letter {
  body: string;
  bytes: number;
  expiresAt: number;
  /** H3: no pause of its recipient holds it. */
  passes?: boolean;
  /** Q6: it is the hub's own word, for which a full queue has room. */
  isNotice?: boolean;
}

export interface Accepted {
  recipient: Instance;
  messageId: string;
  isQueued: boolean;
  isDuplicate: boolean;
  /** H3: why it waits, whether or not its recipient is there. */
  heldBy?: StoredPause | undefined;
}

/** Stores a message for one recipient, and gives it to the recipient's connection where that has room. */
export function accept(turn: Turn, letter: Letter, recipient: Instance): Result<Accepted> {
  const { store, links, now } = turn;
  const messageId = messageIdOf(letter.body);
  const body = withRecipient(letter.body, recipient.id);
  const full = letter.isNotice ? noticeFullness(turn, recipient) : fullness(turn, recipient, letter.bytes);
  if (full !== null) return repeatOf(turn, messageId, body, recipient) ?? full;
  const sender = senderOf(body);
  const { bytes, expiresAt, passes = false } = letter;
  const position = store.messages.insert({
    messageId,
    sender,
    body,
    bytes,
    acceptedAt: now,
    expiresAt,
    publication: null,
  });
  if (position === undefined) return repeatOf(turn, messageId, body, recipient) ?? reusedId(messageId);
  turn.tellSent(body);
  owe(turn, recipient, { position, messageId, sender, body, bytes, expiresAt, passes });
  const heldBy = passes ? undefined : pauseOf(turn, recipient);
  const isQueued = heldBy !== undefined || !links.isOnline(recipient);
  return success({ recipient, messageId, isQueued, isDuplicate: false, heldBy });
}

/** A stored message is in the queue of a recipient from here on, and on its way where there is room for it. */
export function owe(
  turn: Turn,
  recipient: Instance,
  message: Fresh & { expiresAt: number; passes?: boolean | undefined },
): void {
  const link = turn.links.of(recipient);
  const { position, bytes, expiresAt, passes = false } = message;
  const state = stateAtOnce(turn, recipient, bytes);
  turn.store.deliveries.insert(position, [recipient.number], state, { at: turn.now, bytes, passes });
  turn.noteExpiry(expiresAt);
  turn.noteDepth(recipient);
  if (link === undefined) return;
  if (state !== State.queued) giveFresh(turn, link, message);
  else if (passes) givePassing(turn, link);
}

/** Q6: why a queue takes no more, or null where it does. */
export function fullness(turn: Turn, recipient: Instance, bytes: number): Failure | null {
  const { store, settings } = turn;
  const depth = store.deliveries.depthOf(recipient.number);
  const { queueMaxMessages, queueMaxBytes } = settings;
  if (depth.count < queueMaxMessages && depth.bytes + bytes <= queueMaxBytes) return storeFullness(turn);
  return failure(
    "queue_full",
    `The queue of ${recipient.id} is full (${depth.count} messages, ${depth.bytes} bytes); nothing was stored. Wait until it reads, or have its queue flushed.`,
    { details: { depth: depth.count, maxMessages: queueMaxMessages, maxBytes: queueMaxBytes } },
  );
}

/** What the hub has to say is little, and nobody would say it again: some of it comes into a full queue, too. */
function noticeFullness({ store, settings }: Turn, recipient: Instance): Failure | null {
  const { count } = store.deliveries.depthOf(recipient.number);
  if (count < settings.queueMaxMessages + NOTICES_BEYOND_MAX) return null;
  return failure("queue_full", `The queue of ${recipient.id} is full, also for what the hub has to say.`);
}

/** The same for the whole store (CC2CC_STORE_MAX_MB). */
export function storeFullness({ store, settings }: Turn): Failure | null {
  const { storeMaxBytes } = settings;
  if (!store.room.isFull(storeMaxBytes)) return null;
  const maxMegabytes = Math.round(storeMaxBytes / 1_048_576);
  return failure(
    "queue_full",
    `The hub holds as much as it may (${maxMegabytes} MB); nothing was stored. Wait until others have read, or have queues flushed or CC2CC_STORE_MAX_MB raised.`,
    { details: { maxBytes: storeMaxBytes } },
  );
}

/** M3: why an id cannot be used for another message. */
export function reusedId(messageId: string): Failure {
  return failure("conflict", `The messageId ${messageId} is already used for another message; take a new one.`);
}

/** M3: a sender that changed its session between the tries has another session segment: that is the same sender. */
export function isSameSender(known: string, sender: string): boolean {
  return known === sender || partialOf(known) === partialOf(sender);
}

/** M3: the same again is answered again; anything else under a known id is a conflict. Undefined for a new id. */
function repeatOf(turn: Turn, messageId: string, body: string, recipient: Instance): Result<Accepted> | undefined {
  const { messages, deliveries, instances } = turn.store;
  const known = messages.find(messageId);
  if (known === undefined) return undefined;
  const delivery = known.isPublication ? undefined : deliveries.listOf(known.position)[0];
  const owner = delivery && instances.byNumber(delivery.owner);
  const holder = owner && instances.current(owner);
  const digest = known.digest ?? digestOf(known.body ?? "");
  if (delivery === undefined || holder === undefined || !isSameSender(known.sender, senderOf(body))) {
    return reusedId(known.messageId);
  }
  if (holder !== recipient) {
    return failure(
      "conflict",
      `The messageId ${known.messageId} is already used for a message to ${holder.id}; take a new one.`,
    );
  }
  if (digest !== digestOf(body)) return reusedId(known.messageId);
  const isHeld = delivery.state === State.queued && !delivery.passes;
  const heldBy = isHeld ? pauseOf(turn, recipient) : undefined;
  const isQueued = heldBy !== undefined || (isOpen(delivery.state) && !turn.links.isOnline(recipient));
  return success({ recipient, messageId: known.messageId, isQueued, isDuplicate: true, heldBy });
}
