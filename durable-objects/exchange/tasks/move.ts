/** A step of a task: in the ledger, in its course, and in the stream, all in the transaction of what caused it (T5). */
import type { TaskMove } from "../../../shared/task-move.ts";
import { isEnded } from "../../../shared/task-state.ts";
import { isoTime } from "../../iso-time.ts";
import { noteTaskEnd } from "../loops/guard.ts";
import type { Instance } from "../store/instances.ts";
import type { StoredTask } from "../store/task-rows.ts";
import type { Turn } from "../turn.ts";
import { nextCheck } from "./next-check.ts";
import { idOf, isThere, ownerOf, requesterOf } from "./people.ts";

/** Who moved a task, null for the hub, and by which message, null for none. */
export interface Cause {
  by: Instance | null;
  messageId: string | null;
}

/** The hub itself, by no message. */
export const HUB: Cause = { by: null, messageId: null };

/** Brings a task into a state that its present one allows. Returns the task as it is then. */
export function takeStep(
  turn: Turn,
  task: StoredTask,
  { state, progress, note }: Omit<TaskMove, "note"> & { note?: string | undefined },
  cause: Cause,
): StoredTask {
  const next = { ...task, state, progress: progress ?? task.progress, note: note ?? null, isStuck: false };
  return write(turn, next, { progress: progress ?? null, note: note ?? null }, cause);
}

/** T3: another has a task from now on, null for nobody, and it begins anew. Returns the task as it is then. */
export function changeOwner(
  turn: Turn,
  task: StoredTask,
  owner: Instance | null,
  note: string,
  cause: Cause,
): StoredTask {
  const next: StoredTask = {
    ...task,
    state: "submitted",
    owner: owner?.number ?? null,
    progress: null,
    note,
    givenAt: turn.now,
    isStuck: owner === null,
  };
  return write(turn, next, { progress: null, note }, cause);
}

function write(
  turn: Turn,
  task: StoredTask,
  said: { progress: number | null; note: string | null },
  { by, messageId }: Cause,
): StoredTask {
  const { tasks } = turn.store;
  const { now: at } = turn;
  const { state, owner, progress, note, givenAt, isStuck } = task;
  const checkAt = checkAtOf(turn, task);
  tasks.change(task, { state, owner, progress, note, givenAt, isStuck, changedAt: at, checkAt });
  tasks.addStep(task, { at, state, owner, by: by?.number ?? null, ...said, messageId });
  turn.noteTaskCheck(checkAt);
  tellChange(turn, task, { by, messageId });
  if (isEnded(state))
    noteTaskEnd(
      turn,
      task.taskId,
      requesterOf(turn.store, task)?.number ?? 0,
      ownerOf(turn.store, task)?.number ?? null,
    );
  return { ...task, changedAt: at };
}

/** When time may change something in a task. */
export function checkAtOf(turn: Turn, task: StoredTask): number | null {
  const owner = ownerOf(turn.store, task);
  const awaySince = owner === undefined || isThere(turn, owner) ? null : owner.lastSeenAt;
  return nextCheck(task, awaySince, turn.now);
}

/** For the stream. */
export function tellChange(
  turn: Turn,
  {
    taskId,
    state,
    requester,
    owner,
    role,
    progress,
  }: Pick<StoredTask, "taskId" | "state" | "requester" | "owner" | "role" | "progress">,
  { by, messageId }: Cause,
): void {
  turn.tell({
    event: "task:changed",
    timestamp: isoTime(turn.now),
    taskId,
    state,
    requester: idOf(turn.store, requester),
    ...(owner === null ? {} : { owner: idOf(turn.store, owner) }),
    ...(role === null ? {} : { role }),
    ...(progress === null ? {} : { progress }),
    ...(by === null ? {} : { by: by.id }),
    ...(messageId === null ? {} : { messageId }),
  });
}
