/** Who has to do with a task, under the ids that they have by now (T2). */
import type { Failure } from "../../../shared/errors.ts";
import type { Mover } from "../../../shared/task-state.ts";
import { keeperRefusal, type Principal } from "../../principal.ts";
import type { Instance } from "../store/instances.ts";
import type { Store } from "../store/store.ts";
import type { StoredTask } from "../store/task-rows.ts";
import type { Turn } from "../turn.ts";

/** Who takes the mail of an instance; undefined for one that was removed, and for nobody. */
export function holderOf({ instances }: Store, number: number | null): Instance | undefined {
  const instance = number === null ? undefined : instances.byNumber(number);
  return instance && instances.current(instance);
}

export function ownerOf(store: Store, { owner }: StoredTask): Instance | undefined {
  return holderOf(store, owner);
}

export function requesterOf(store: Store, { requester }: StoredTask): Instance | undefined {
  return holderOf(store, requester);
}

/** Whether an instance is connected, or was until a crash and may be about to come back. */
export function isThere({ links }: Pick<Turn, "links">, instance: Instance): boolean {
  return links.isOnline(instance) || instance.isOnline;
}

/** The id to tell of an instance: that of its successor, or the last one that it had; "" where all is forgotten. */
export function idOf(store: Store, number: number): string {
  return holderOf(store, number)?.id ?? store.instances.idOf(number);
}

/** What an instance is to a task; nothing for most. */
export function moversOf(store: Store, task: StoredTask, instance: Instance): Mover[] {
  const movers: Mover[] = [];
  if (ownerOf(store, task) === instance) movers.push("owner");
  if (requesterOf(store, task) === instance) movers.push("requester");
  return movers;
}

/** T3, T6: whether an instance had a task once that is another's by now. */
export function wasOwner(store: Store, task: StoredTask, instance: Instance): boolean {
  return store.tasks.ownersOf(task).some((owner) => holderOf(store, owner) === instance);
}

/** Why a key may not decide of a task by REST; null for admins, and for one whose pattern has its requester or its owner. */
export function operatorRefusal(store: Store, task: StoredTask, by: Principal): Failure | null {
  const parties = [task.requester, ...(task.owner === null ? [] : [task.owner])];
  const refusals = parties.map((number) => keeperRefusal(by, idOf(store, number)));
  return refusals.includes(null) ? null : (refusals[0] ?? null);
}
