/** Accepts messages to instances and roles (Q1): what this turn stores is accepted when its transaction is on disk. */
import { type Failure, failure, type Result, success } from "../../shared/errors.ts";
import { partialOf } from "../../shared/ids.ts";
import { utf8Length } from "../../shared/message.ts";
import { digestOf } from "../content-digest.ts";
import { bodyOf, messageIdOf, readMessage, senderOf, withRecipient } from "../envelope.ts";
import { fanOutId } from "../fan-out-id.ts";
import type { OpOf } from "../link.ts";
import { routeMessage } from "../route-message.ts";
import { giveFresh, stateAtOnce } from "./give.ts";
import type { Link } from "./links.ts";
import { routesOf } from "./routes.ts";
import { isOpen, State } from "./store/delivery-state.ts";
import type { Instance } from "./store/instances.ts";
import type { Turn } from "./turn.ts";

/** A message for one recipient, as its mailbox composed it. */
interface Letter {
  body: string;
  bytes: number;
  expiresAt: number;
}

interface Accepted {
  recipient: Instance;
  messageId: string;
  isQueued: boolean;
  isDuplicate: boolean;
}

/** Does a `send`. Returns the fields of the reply. */
export function send(turn: Turn, link: Link, op: OpOf<"send">, body: string): Result<object> {
  const route = routeMessage(op.to, link.instance, routesOf(turn));
  if (!route.ok) return route;
  if (route.value.kind === "instance") {
    const accepted = accept(turn, { ...op, body }, route.value.recipient);
    return accepted.ok ? success(toDirectReply(turn, accepted.value)) : accepted;
  }
  if (route.value.kind !== "role") {
    return failure("invalid_payload", `${route.value.kind} is not an address of an instance or a role.`);
  }
  const { role, recipients } = route.value;
  const results = recipients.map((recipient) =>
    accept(turn, toRoleLetter({ ...op, body }, role, recipient), recipient),
  );
  return success(toRoleReply(role, recipients, results));
}

/** Stores a message for one recipient, and gives it to the recipient's connection where that has room. */
export function accept(turn: Turn, letter: Letter, recipient: Instance): Result<Accepted> {
  const { store, links, now } = turn;
  const messageId = messageIdOf(letter.body);
  const body = withRecipient(letter.body, recipient.id);
  const full = fullness(turn, recipient, letter.bytes);
  if (full !== null) return repeatOf(turn, messageId, body, recipient) ?? full;
  const link = links.of(recipient);
  const state = stateAtOnce(link, letter.bytes);
  const sender = senderOf(body);
  const { bytes, expiresAt } = letter;
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
  store.deliveries.insert(position, [recipient.number], state, now, bytes);
  turn.tellSent(body);
  turn.noteExpiry(expiresAt);
  turn.noteDepth(recipient);
  if (link !== undefined && state !== State.queued) giveFresh(turn, link, { position, messageId, sender, body, bytes });
  return success({ recipient, messageId, isQueued: link === undefined, isDuplicate: false });
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
  const isQueued = isOpen(delivery.state) && !turn.links.isOnline(recipient);
  return success({ recipient, messageId: known.messageId, isQueued, isDuplicate: true });
}

/** E3: each with the role gets an envelope and an id of its own, under which a retry finds it again. */
function toRoleLetter(letter: Letter, role: string, recipient: Instance): Letter {
  const message = readMessage(letter.body);
  if (message === null) throw new Error("a mailbox composed a message that cannot be read");
  const messageId = fanOutId(message.messageId, recipient.id);
  const body = bodyOf({ ...message, messageId, to: recipient.id, role });
  return { ...letter, body, bytes: utf8Length(body) };
}

function toDirectReply(turn: Turn, { recipient, messageId, isQueued, isDuplicate }: Accepted): object {
  const warning = isQueued
    ? `${recipient.id} is offline; the message waits in its queue.`
    : turn.links.of(recipient)?.isPull
      ? `${recipient.id} gets it when it asks for messages; nothing wakes it.`
      : undefined;
  return {
    messageId,
    queued: isQueued,
    to: recipient.id,
    ...(warning === undefined ? {} : { warning }),
    ...(isDuplicate ? { duplicate: true } : {}),
  };
}

/** A recipient that refuses (a full queue) stands in `refused` with its reason: the others have their message. */
function toRoleReply(role: string, recipients: readonly Instance[], results: readonly Result<Accepted>[]): object {
  const accepted = results.flatMap((result) => (result.ok ? [result.value] : []));
  const refused = results.flatMap((result, index) =>
    result.ok ? [] : [{ instanceId: (recipients[index] as Instance).id, code: result.code, error: result.error }],
  );
  const queued = accepted.filter(({ isQueued }) => isQueued).length;
  return {
    role,
    recipients: accepted.map(({ recipient }) => recipient.id),
    delivered: accepted.length - queued,
    queued,
    messages: accepted.map(({ recipient, messageId, isQueued }) => ({
      instanceId: recipient.id,
      messageId,
      queued: isQueued,
    })),
    ...(refused.length === 0 ? {} : { refused }),
  };
}
