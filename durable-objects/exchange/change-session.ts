/**
 * Q8: an instance goes on under another id. One transaction moves what it has to the new id and retires the old one (A4);
 * the link, and with it the socket, is the new id's from here on. There is nothing to resume: a crash comes before or after,
 * and where the client had no answer after it, the change is taken back.
 */
import { CloseCode, type Failure, type Result, success } from "../../shared/errors.ts";
import { isInPattern } from "../../shared/keys.ts";
import { isoTime } from "../iso-time.ts";
import type { OpOf } from "../link.ts";
import { serveWaits } from "./claims/serve.ts";
import { giveWaiting } from "./give.ts";
import { goneRefusalOf, outsidePattern, secretRefusalOf } from "./identity.ts";
import type { Link } from "./links.ts";
import { tellPause } from "./pauses/pause.ts";
import type { Instance } from "./store/instances.ts";
import { joinProjectTopic, tellTopics } from "./subscribe.ts";
import { takeWaiting } from "./tasks/assign.ts";
import type { Turn } from "./turn.ts";

/** A client that is heard so long after its change, on the connection on which it was answered, has read the answer. */
const ANSWERED_AFTER_MS = 30_000;

/** Does a `session_update`. Returns the fields of the reply. */
export function changeSession(
  turn: Turn,
  link: Link,
  { to: id, identityHash }: OpOf<"change_session">,
): Result<object> {
  const { instances, tasks } = turn.store;
  const from = link.instance;
  if (id === from.id) return success({ migrated: 0, instanceId: id });
  const refusal = refusalOf(turn, link, id, identityHash);
  if (refusal !== null) return refusal;
  if (instances.find(id) === undefined) instances.release(id);
  const to = instances.find(id) ?? instances.add(id, link.version, identityHash ?? from.identityHash, turn.now);
  const migrated = handOver(turn, from, to);
  instances.change(to, {
    version: from.version,
    isOnline: true,
    epoch: link.connection,
    identityHash: to.identityHash ?? identityHash ?? from.identityHash,
    connectedAt: turn.now,
    lastSeenAt: turn.now,
    renamedFrom: from.number,
  });
  moveLink(turn, link, to);
  joinProjectTopic(turn, to);
  turn.to(link).head.renamed = { instanceId: id, role: to.role };
  tellTopics(turn, to);
  // Another project may be paused, or a pause that the id had; where nothing changed, the client is not told.
  tellPause(turn, link);
  takeWaiting(turn, to);
  const openTasks = link.version === 1 ? 0 : tasks.countOpen(to.number);
  return success({ migrated, instanceId: id, ...(openTasks === 0 ? {} : { openTasks }) });
}

/** The client has been told: what comes from here on is the new id's, and it may have what waits. */
export function finishRename(turn: Turn, link: Link): void {
  if (link.state !== "renaming") return;
  link.state = "open";
  link.restartSeq();
  giveWaiting(turn, link);
}

/** The new id must be free, or held by the same secret, or by the one that the client names for it. */
function refusalOf(turn: Turn, link: Link, id: string, identityHash: string | null): Failure | null {
  const { pattern } = link.principal;
  const reserved = turn.store.reservations.refusalOf(link.principal, id);
  if (reserved !== null) return reserved;
  if (pattern !== null) return isInPattern(pattern, id) ? null : outsidePattern(pattern, id);
  const held = turn.store.instances.find(id);
  const isOwn = held !== undefined && held.identityHash !== null && held.identityHash === link.instance.identityHash;
  if (isOwn) return null;
  const { version, principal, instance } = link;
  if (held === undefined) return goneRefusalOf(turn, id, principal, [identityHash, instance.identityHash]);
  return secretRefusalOf(held, turn.links.isOnline(held), {
    instanceId: id,
    version,
    identityHash,
  });
}

function moveSubscriptions(turn: Turn, from: Instance, to: Instance): void {
  const { topics } = turn.store;
  for (const topic of topics.of(from.number)) {
    topics.subscribe(topic, to.number);
    topics.unsubscribe(topic, from.number, turn.now);
    const event = { timestamp: isoTime(turn.now), name: topic.name };
    turn.tell({ event: "topic:unsubscribed", ...event, instanceId: from.id });
    turn.tell({ event: "topic:subscribed", ...event, instanceId: to.id });
  }
}

/** All that one instance has is another's from here on. Returns how many messages that were. */
function handOver(turn: Turn, from: Instance, to: Instance): number {
  const { deliveries, tasks, claims, touches, pauses, talks, loopStops } = turn.store;
  const migrated = deliveries.moveOpen(from.number, to.number);
  tasks.moveOpen(from.number, to.number);
  claims.move(from.number, to.number);
  // What kept it waiting may be its own by now.
  serveWaits(turn);
  touches.move(from.number, to.number);
  pauses.move(from.number, to.number);
  talks.move(from.number, to.number);
  loopStops.move(from.number, to.number);
  moveSubscriptions(turn, from, to);
  retire(turn, from, to);
  for (const instance of [from, to]) turn.noteDepth(instance);
  const ids = { oldInstanceId: from.id, newInstanceId: to.id };
  turn.tell({ event: "instance:session_updated", timestamp: isoTime(turn.now), ...ids, migrated });
  return migrated;
}

/** A4: the old id forwards to the new one. C9: one that forwarded to the old id before is in use again. */
function retire(turn: Turn, from: Instance, to: Instance): void {
  const { instances } = turn.store;
  instances.change(to, {
    role: from.role ?? to.role,
    successor: null,
    // E4: what one id has broadcast counts for the next.
    broadcastAt: Math.max(from.broadcastAt, to.broadcastAt),
  });
  for (const predecessor of instances.predecessorsOf(from)) {
    if (predecessor !== to) instances.change(predecessor, { successor: to.number });
  }
  instances.change(from, { successor: to.number, isOnline: false, role: null, renamedFrom: null });
}

/**
 * Q8: a client comes back under the id that it had, and nothing shows that the answer to its change reached it: the change is
 * taken back, and the client will ask again. Otherwise what is published meanwhile would be owed to it twice, as both ids.
 */
export function takeChangeBack(turn: Turn, instance: Instance): void {
  if (instance.successor === null) return;
  const successor = turn.store.instances.byNumber(instance.successor);
  if (successor?.renamedFrom !== instance.number || turn.links.isOnline(successor)) return;
  handOver(turn, successor, instance);
}

/**
 * What shows that a client had the answer to its change: it acked what came under the new id, or is there so much later.
 * Another connection or change under that id shows it as well.
 */
export function noteAnswered(turn: Turn, { instance, state }: Link, hasAcked: boolean): void {
  if (instance.renamedFrom === null || state === "renaming") return;
  if (!hasAcked && turn.now - instance.connectedAt < ANSWERED_AFTER_MS) return;
  turn.store.instances.change(instance, { renamedFrom: null });
}

/** C7: whoever was connected as the new id is replaced. */
function moveLink(turn: Turn, link: Link, to: Instance): void {
  const older = turn.links.of(to);
  if (older !== undefined) {
    older.state = "over";
    turn.close(older, CloseCode.replaced, "replaced by a newer connection");
  }
  turn.letGoAll(link);
  turn.links.remove(link);
  link.instance = to;
  link.state = "renaming";
  turn.links.set(link);
}
