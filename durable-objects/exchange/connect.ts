/** How connections begin and end: one live one for each instance (C7), for who holds its secret (C8). */
import { CloseCode, type Failure, failure, type Result, success } from "../../shared/errors.ts";
import { LEASE_MS } from "../../shared/limits.ts";
import { isoTime } from "../iso-time.ts";
import type { LinkRequest, Welcome } from "../link.ts";
import { log } from "../log.ts";
import { noteAnswered, takeChangeBack } from "./change-session.ts";
import { findDelivery, idOfDelivery } from "./copies.ts";
import { expireQueue } from "./end-deliveries.ts";
import { giveWaiting } from "./give.ts";
import { refusalOf } from "./identity.ts";
import { Link } from "./links.ts";
import { describePause, pauseOf } from "./pauses/rules.ts";
import { State } from "./store/delivery-state.ts";
import type { Instance } from "./store/instances.ts";
import { joinProjectTopic } from "./subscribe.ts";
import { takeWaiting } from "./tasks/assign.ts";
import type { Turn } from "./turn.ts";

/** Open deliveries that were given before, of this connection and of earlier ones. */
const GIVEN_MAX = 10_000;
const REPLACED = "replaced by a newer connection";

/** Lets a client in, or says why not. `ws` is the exchange's end of its link. */
export function connect(turn: Turn, ws: WebSocket, request: LinkRequest): Result<Link> {
  return request.resumes === null ? begin(turn, ws, request) : resume(turn, ws, request, request.resumes);
}

function begin(turn: Turn, ws: WebSocket, request: LinkRequest): Result<Link> {
  const { store, now } = turn;
  const { instanceId, version, identityHash, principal, isTransient } = request;
  const held = store.instances.find(instanceId);
  const refusal = refusalOf(turn, held, request);
  if (refusal !== null) return refusal;
  if (held === undefined) store.instances.release(instanceId);
  else takeChangeBack(turn, held);
  const instance = held ?? store.instances.add(instanceId, version, identityHash, now);
  const isIdentityBound = held === undefined || held.identityHash === null;
  const wasOnline = instance.isOnline;
  const connection = store.instances.nextEpoch();
  store.instances.change(instance, {
    version,
    // C10: what people write to stays in the lists, also when its name is borrowed for a moment.
    isTransient: isTransient && (held === undefined || held.isTransient),
    isOnline: true,
    epoch: connection,
    identityHash: instance.identityHash ?? identityHash,
    // C9: a retired id that connects again is in use again.
    successor: null,
    connectedAt: now,
    lastSeenAt: now,
    renamedFrom: null,
  });
  const link = new Link(ws, instance, connection, request);
  replace(turn, link);
  if (!wasOnline) turn.tell({ event: "instance:joined", timestamp: isoTime(now), instanceId });
  joinProjectTopic(turn, instance);
  takeWaiting(turn, instance);
  log("info", "instance connected", { instance: instanceId, key: principal.keyId, version });
  welcome(turn, link, { isIdentityBound: isIdentityBound && request.isIdentityNew, isResumed: false });
  return success(link);
}

/** The link broke, not the client: it goes on as the connection it was, under the id that this has by now. */
function resume(turn: Turn, ws: WebSocket, request: LinkRequest, connection: number): Result<Link> {
  const instance = turn.store.instances.holderOf(request.instanceId);
  if (instance === undefined) return ended("unknown_instance", "That instance was removed.");
  if (instance.epoch !== connection) return ended("conflict", REPLACED);
  const { now } = turn;
  if (!instance.isOnline) {
    turn.tell({ event: "instance:joined", timestamp: isoTime(now), instanceId: instance.id });
    turn.store.instances.change(instance, { isOnline: true, lastSeenAt: now });
  }
  const link = new Link(ws, instance, connection, request);
  turn.links.set(link);
  link.restart();
  holdGiven(turn, link, request.given);
  takeWaiting(turn, instance);
  welcome(turn, link, { isIdentityBound: false, isResumed: true });
  return success(link);
}

function ended(code: "unknown_instance" | "conflict", error: string): Failure {
  return failure(code, error);
}

/** What the client was given before and still holds is not given again before its lease runs out; its acks count. */
function holdGiven(turn: Turn, link: Link, given: LinkRequest["given"]): void {
  const seqOf = new Map(given.map(([seq, messageId]) => [messageId, seq]));
  if (seqOf.size === 0) return;
  const { deliveries, instances } = turn.store;
  for (const row of deliveries.listOpen(link.instance.number, State.delivered, GIVEN_MAX)) {
    const messageId = idOfDelivery(row, instances);
    const seq = seqOf.get(messageId);
    if (seq === undefined) continue;
    const { position, addressee, sender, bytes } = row;
    link.hold({ position, addressee, messageId, sender, bytes, leaseUntil: turn.now + LEASE_MS }, seq);
  }
}

/** C7: the ones before are told, and nothing they say counts any more. */
function replace(turn: Turn, link: Link): void {
  const older = turn.links.of(link.instance);
  if (older !== undefined) {
    older.state = "over";
    turn.close(older, CloseCode.replaced, REPLACED);
  }
  turn.links.set(link);
  link.restart();
}

function welcome(turn: Turn, link: Link, flags: Pick<Welcome, "isIdentityBound" | "isResumed">): void {
  const { instance, connection } = link;
  const { topics, deliveries, tasks } = turn.store;
  expireQueue(turn, instance);
  const pause = pauseOf(turn, instance);
  turn.to(link).head.welcome = {
    connection,
    instanceId: instance.id,
    role: instance.role,
    topics: topics.of(instance.number).map(({ name }) => name),
    pending: deliveries.depthOf(instance.number).count,
    openTasks: tasks.countOpen(instance.number),
    paused: pause === undefined ? null : describePause(turn, pause),
    ...flags,
  };
  giveWaiting(turn, link);
}

/** A connection ended. That of one that was replaced changes nothing (C7). */
export function leave(turn: Turn, link: Link): void {
  noteAnswered(turn, link, false);
  link.state = "over";
  if (!turn.links.remove(link)) return;
  noteLeft(turn, link.instance, turn.now);
}

/** Nobody is connected as this instance since `at`, epoch ms; others are told that it left at `toldAt`. */
export function noteLeft(turn: Turn, instance: Instance, at: number, toldAt = turn.now): void {
  if (!instance.isOnline) return;
  turn.store.instances.change(instance, { isOnline: false, lastSeenAt: at });
  turn.noteTaskCheck(turn.store.tasks.noteAway(instance.number, at));
  turn.tell({ event: "instance:left", timestamp: isoTime(toldAt), instanceId: instance.id });
}

/** What was on its way to a v1 client that had left is as if it had never been given. */
export function takeBack(turn: Turn, link: Link, returned: readonly string[]): void {
  const rows = returned.flatMap((messageId) => findDelivery(messageId, turn.store, link.instance) ?? []);
  const own = rows.filter(({ owner }) => owner === link.instance.number);
  turn.store.deliveries.transition("giveBack", link.instance.number, own, turn.now);
  turn.noteDepth(link.instance);
  const current = turn.links.of(link.instance);
  if (current === undefined) return;
  current.backlog = "anything";
  giveWaiting(turn, current);
}
