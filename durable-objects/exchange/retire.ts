/** How instances go: removed by an operator (C8), or forgotten when nobody will miss them. */
import { failure, type Result, success } from "../../shared/errors.ts";
import { TAB_RETIRE_MS } from "../../shared/limits.ts";
import { isoTime } from "../iso-time.ts";
import { keeperRefusal, type Principal } from "../principal.ts";
import { dropClaimsOf } from "./claims/time.ts";
import { dropDecisionsOf } from "./decisions/time.ts";
import { flushQueue } from "./end-deliveries.ts";
import { dropLoopsOf } from "./loops/stops.ts";
import { dropPauseOf } from "./pauses/pause.ts";
import type { Instance } from "./store/instances.ts";
import { unsubscribe } from "./subscribe.ts";
import type { Turn } from "./turn.ts";

/** How long, and of how many instances that were forgotten, the ids stay those of their secrets. */
const GONE_MS = 365 * 86_400_000;
const GONE_MAX = 100_000;
/** Ids that are bound to a browser tab never come back. */
const TAB = /^dashboard@[^:]*:dashboard$/;

/** Does `DELETE /api/instances/:id`, for who may answer for all that goes with it. */
export function removeByRest(turn: Turn, id: string, by: Principal): Result<null> {
  const { instances } = turn.store;
  const instance = instances.find(id);
  // Those before it forward to it (A4), and are freed with it.
  const ids = instance === undefined ? [] : instances.withPredecessors(instance).map((other) => other.id);
  for (const affected of [id, ...ids]) {
    const refusal = keeperRefusal(by, affected);
    if (refusal !== null) return refusal;
  }
  return removeInstance(turn, id, false);
}

/** Does `DELETE /api/queue/:id`. A retired id has no queue: what is flushed is its successor's (A4). */
export function flushByRest(turn: Turn, id: string, by: Principal): Result<number> {
  const owner = turn.store.instances.holderOf(id);
  const refusal = keeperRefusal(by, owner?.id ?? id);
  if (refusal !== null) return refusal;
  return success(owner === undefined ? 0 : flushQueue(turn, owner, "its queue was flushed"));
}

/**
 * Ends an instance that is offline, and those that forward to it: its queue ends as `removed`, and whoever takes its id
 * inherits nothing. What it was sent stays known for as long as it would have: its senders may ask what became of it.
 */
function removeInstance(turn: Turn, id: string, isHeld: boolean): Result<null> {
  const { instances } = turn.store;
  if (!isHeld) instances.release(id);
  const instance = instances.find(id);
  if (instance === undefined) return success(null);
  if (turn.links.isOnline(instance)) {
    return failure("conflict", `${id} is online; it can be removed once it has left.`);
  }
  flushQueue(turn, instance, "the instance was removed");
  for (const topic of turn.store.topics.of(instance.number)) unsubscribe(turn, topic, instance, true);
  for (const predecessor of instances.predecessorsOf(instance)) removeInstance(turn, predecessor.id, isHeld);
  dropClaimsOf(turn, instance.number);
  dropDecisionsOf(turn, instance);
  dropPauseOf(turn, instance.number);
  dropLoopsOf(turn, instance.number);
  instances.delete(instance, isHeld, turn.now);
  turn.removedOwners.push(instance.number);
  turn.tell({ event: "instance:removed", timestamp: isoTime(turn.now), instanceId: id });
  return success(null);
}

/** Forgets instances that were away for long, as far as nothing waits for them. Their ids stay those of their secrets (C8). */
export function retireForgotten(turn: Turn): void {
  turn.store.instances.forgetGone(turn.now - GONE_MS, GONE_MAX);
  for (const instance of [...turn.store.instances.all()]) {
    const at = forgottenAt(instance, turn);
    if (at === null || at > turn.now || turn.store.deliveries.depthOf(instance.number).count > 0) continue;
    removeInstance(turn, instance.id, !TAB.test(instance.partial));
  }
}

/** When an instance may be forgotten, epoch ms; null for one that is online or retired. */
export function forgottenAt(instance: Instance, { links, settings }: Pick<Turn, "links" | "settings">): number | null {
  if (instance.successor !== null || instance.isOnline || links.isOnline(instance)) return null;
  const afterMs = TAB.test(instance.partial)
    ? Math.min(TAB_RETIRE_MS, settings.instanceRetireMs)
    : settings.instanceRetireMs;
  return instance.lastSeenAt + afterMs;
}
