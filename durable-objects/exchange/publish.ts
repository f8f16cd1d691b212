/** Publications and broadcasts: one message for many. A publication is accepted by the commit that owes it to them (Q9). */
import { failure, type Result, success } from "../../shared/errors.ts";
import { TOPIC_HISTORY_MAX } from "../../shared/limits.ts";
import { DASHBOARD_SENDER, type Message } from "../../shared/message.ts";
import { type Composed, compose, type Draft } from "../compose.ts";
import { digestOf } from "../content-digest.ts";
import { copyOf, messageIdOf, senderOf, withMessageId } from "../envelope.ts";
import { fanOutId } from "../fan-out-id.ts";
import { isoTime } from "../iso-time.ts";
import type { OpOf } from "../link.ts";
import { routeMessage } from "../route-message.ts";
import type { Published } from "../rpc-types.ts";
import { fullness, isSameSender, reusedId, storeFullness } from "./accept.ts";
import { giveFresh, givePassing, stateAtOnce } from "./give.ts";
import type { Link } from "./links.ts";
import { loopRefusal, noteSaid } from "./loops/guard.ts";
import { passes, pausedRefusal, pauseOf } from "./pauses/rules.ts";
import { DISK_FULL } from "./room.ts";
import { routesOf } from "./routes.ts";
import { State } from "./store/delivery-state.ts";
import type { Instance } from "./store/instances.ts";
import type { Turn } from "./turn.ts";

/** How many publications a topic may have beyond its history before that is trimmed. */
const TRIM_EVERY = 256;

/** A publication as its mailbox, or REST, composed it. */
export interface Publication extends Composed {
  topic: string;
  persistent: boolean;
  /** H3: no pause of who is in the topic holds it. */
  passes: boolean;
}

/** Publishes. `author` is null for one without an id, as REST is. */
export function publish(turn: Turn, author: Instance | null, publication: Publication): Result<Published> {
  const { topic, body, persistent } = publication;
  if (!turn.hasRoom) return DISK_FULL;
  const route = routeMessage(`topic:${topic}`, author, routesOf(turn));
  if (!route.ok) return route;
  if (route.value.kind !== "topic") return failure("invalid_payload", `${topic} is no topic.`);
  const known = turn.store.messages.find(messageIdOf(body));
  if (known !== undefined) {
    const isSame = known.isPublication && isSameSender(known.sender, senderOf(body));
    if (!isSame || (known.digest ?? digestOf(known.body ?? "")) !== digestOf(body)) return reusedId(known.messageId);
    const { messageId, delivered, queued } = known;
    return success({ delivered, queued, messageId, duplicate: true });
  }
  const full = storeFullness(turn);
  if (full !== null) return full;
  const { recipients } = route.value;
  const published = persistent ? owe(turn, publication, recipients) : giveToOnline(turn, publication, recipients);
  tellPublication(turn, publication, published);
  return success(published);
}

/** The same by REST, as who entered there; `passes`: it reaches the paused, too (H3). */
export function publishByRest(
  turn: Turn,
  topic: string,
  draft: Draft,
  how: Pick<Publication, "persistent" | "passes">,
): Result<Published> {
  const composed = compose(
    { ...draft, topicName: topic },
    { from: DASHBOARD_SENDER, role: null },
    `topic:${topic}`,
    turn.now,
  );
  return publish(turn, null, { ...composed, topic, ...how });
}

/** Does a client's `publish`; not while it is paused (H3), nor in a thread that is stopped (G1). */
export function publishFrom(
  turn: Turn,
  link: Link,
  op: OpOf<"publish">,
  body: string,
  isEnding: boolean,
): Result<Published> {
  const { task, replyTo } = op;
  const word = { recipient: null, replyTo, body, task, isEnding };
  const refusal = pausedRefusal(turn, link, { task, body }) ?? loopRefusal(turn, link, word);
  if (refusal !== null) return refusal;
  const published = publish(turn, link.instance, { ...op, body, passes: passes(link, task) });
  if (published.ok && published.value.duplicate === undefined) noteSaid(turn, link, word);
  return published;
}

/** Q9: every subscriber of this moment is owed it; those whose queue is full are counted (Q6). */
function owe(turn: Turn, publication: Publication, recipients: readonly Instance[]): Published {
  const { links } = turn;
  const { bytes, passes } = publication;
  const taking = recipients.filter((recipient) => fullness(turn, recipient, bytes) === null);
  const refused = recipients.length - taking.length;
  const queued = taking.filter((recipient) => !isReached(turn, recipient, passes)).length;
  const counts = { delivered: taking.length - queued, queued };
  const { messageId, position } = store(turn, publication, counts);
  const byState = Map.groupBy(taking, (recipient) => stateAtOnce(turn, recipient, bytes));
  for (const [state, group] of byState) {
    const owners = group.map(({ number }) => number);
    turn.store.deliveries.insert(position, owners, state, { at: turn.now, bytes, passes });
    for (const recipient of group) {
      turn.noteDepth(recipient);
      const link = links.of(recipient);
      if (link === undefined) continue;
      if (state !== State.queued) giveCopy(turn, link, position, publication);
      else if (passes) givePassing(turn, link);
    }
  }
  return { ...counts, messageId, ...(refused === 0 ? {} : { refused }) };
}

function giveCopy(turn: Turn, link: Link, position: number, { body, bytes }: Publication): void {
  const messageId = fanOutId(messageIdOf(body), link.instance.id);
  const copy = { position, messageId, sender: senderOf(body), body: withMessageId(body, messageId), bytes };
  giveFresh(turn, link, copy);
}

/** Whether an instance is given what comes now: it is there, and not paused, or that passes (H3). */
function isReached(turn: Turn, recipient: Instance, passes: boolean): boolean {
  return turn.links.isOnline(recipient) && (passes || pauseOf(turn, recipient) === undefined);
}

/** A live one reaches who is online, and is queued for nobody. */
function giveToOnline(turn: Turn, publication: Publication, recipients: readonly Instance[]): Published {
  const online = recipients.filter((recipient) => isReached(turn, recipient, publication.passes));
  for (const { id, number } of online) {
    turn.giveLive(turn.links.byNumber(number) as Link, copyOf(publication.body, id));
  }
  const counts = { delivered: online.length, queued: 0 };
  return { ...counts, messageId: store(turn, publication, counts).messageId };
}

function store(
  turn: Turn,
  { topic, body, bytes, expiresAt }: Publication,
  counts: { delivered: number; queued: number },
): { messageId: string; position: number } {
  const { messages } = turn.store;
  const messageId = messageIdOf(body);
  const publication = { topic, ...counts };
  const sender = senderOf(body);
  const position = messages.insertNew({ messageId, sender, body, bytes, acceptedAt: turn.now, expiresAt, publication });
  turn.noteExpiry(expiresAt);
  if (position % TRIM_EVERY === 0) messages.trimHistory(topic, TOPIC_HISTORY_MAX);
  return { messageId, position };
}

function tellPublication(turn: Turn, { topic, body, persistent }: Publication, { delivered, queued }: Published): void {
  turn.tell({
    event: "topic:message",
    timestamp: isoTime(turn.now),
    name: topic,
    message: JSON.parse(body) as Message,
    persistent,
    delivered,
    queued,
  });
}

/** The fields of the reply to a broadcast. */
interface Broadcast {
  delivered: number;
  messageId: string;
}

/** E3, E4: to whoever is online, once in a while. */
export function broadcast(turn: Turn, link: Link, body: string): Result<Broadcast> {
  const { instance } = link;
  const { store: tables, settings, now } = turn;
  const refusal = pausedRefusal(turn, link, { task: undefined, body });
  if (refusal !== null) return refusal;
  const waitMs = instance.broadcastAt + settings.broadcastIntervalMs - now;
  if (waitMs > 0 && instance.broadcastAt <= now) {
    return failure("rate_limited", `One broadcast at a time; try again in ${waitMs} ms.`, { retryAfterMs: waitMs });
  }
  const sent = sendToAll(turn, instance, body, link.isPerson);
  if (sent.ok) tables.instances.change(instance, { broadcastAt: now });
  return sent;
}

/** The same without a limit of time; `author` is left out, null for nobody. `passes`: it reaches the paused, too (H3). */
export function sendToAll(turn: Turn, author: Instance | null, body: string, passes: boolean): Result<Broadcast> {
  const { store: tables } = turn;
  const route = routeMessage("broadcast", author, routesOf(turn));
  if (!route.ok) return route;
  if (tables.messages.has(messageIdOf(body))) return reusedId(messageIdOf(body));
  const { messageId, timestamp, content, type, from } = JSON.parse(body) as Message;
  const all = route.value.kind === "broadcast" ? route.value.recipients : [];
  const recipients = all.filter((recipient) => isReached(turn, recipient, passes));
  for (const { id, number } of recipients) turn.giveLive(turn.links.byNumber(number) as Link, copyOf(body, id));
  tables.broadcasts.add(messageId);
  turn.tell({ event: "broadcast:sent", timestamp, from, content, type, messageId });
  return success({ delivered: recipients.length, messageId });
}
