/** T1: answers move the task that they answer, by what they say of it or by their type alone. */
import { type Failure, failure, type Result, success } from "../../../shared/errors.ts";
import type { TaskMove } from "../../../shared/task-move.ts";
import { isEnded, type Mover, statesAfter } from "../../../shared/task-state.ts";
import { messageIdOf } from "../../envelope.ts";
import type { TaskPart } from "../../link.ts";
import type { Instance } from "../store/instances.ts";
import type { StoredTask } from "../store/task-rows.ts";
import type { Turn } from "../turn.ts";
import { refuse } from "./assign.ts";
import { type Cause, takeStep } from "./move.ts";
import { idOf, moversOf, wasOwner } from "./people.ts";

/** What an answer is to the ledger. */
export type AnswerPart = Exclude<TaskPart, { kind: "opens" }>;

/**
 * Sends an answer, and moves what it answers, both or neither. One that counts by its type is sent in any case: it says
 * nothing of a task that it cannot move.
 */
export function answerTask(
  turn: Turn,
  { instance }: { instance: Instance },
  { part, taskId, body }: { part: AnswerPart; taskId: string; body: string },
  send: (isEnding: boolean) => Result<object>,
): Result<object> {
  const messageId = messageIdOf(body);
  // M3: what comes again has moved it before.
  const isRepeat = part.kind === "moves" && turn.store.messages.has(messageId);
  const task = isRepeat ? undefined : turn.store.tasks.find(taskId);
  if (part.kind === "moves" && !isRepeat) {
    const refusal = refusalOf(turn, task, taskId, part.move, instance);
    if (refusal !== null && !isLate(turn, task, instance)) return refusal;
  }
  const move: TaskMove = part.kind === "moves" ? part.move : { state: part.as };
  const movers = task === undefined ? [] : moversOf(turn.store, task, instance);
  const isAllowed = part.kind === "moves" || movers.includes("owner");
  const isMoving = task !== undefined && isAllowed && statesAfter(task.state, movers).includes(move.state);
  const sent = send(isMoving && isEnded(move.state));
  if (task === undefined || !sent.ok || "duplicate" in sent.value) return sent;
  if (isMoving) {
    moveBy(turn, task, move, { by: instance, messageId });
    return sent;
  }
  const isTold = part.kind === "moves" || isLate(turn, task, instance);
  if (!isTold) return sent;
  const other = "warning" in sent.value ? `${sent.value.warning} ` : "";
  return success({ ...sent.value, warning: other + lateWarning(turn, task) });
}

/** Moves a task as its owner or requester says. Returns the task as it is then. */
export function moveBy(turn: Turn, task: StoredTask, move: TaskMove, cause: Cause): StoredTask {
  return move.state === "rejected" ? refuse(turn, task, move.note, cause) : takeStep(turn, task, move, cause);
}

/** Why an instance may not move a task in that way; null where it may. */
export function refusalOf(
  turn: Turn,
  task: StoredTask | undefined,
  taskId: string,
  { state }: Pick<TaskMove, "state">,
  instance: Instance,
): Failure | null {
  if (task === undefined) return noTask(taskId);
  const movers = moversOf(turn.store, task, instance);
  const after = statesAfter(task.state, movers);
  if (after.includes(state)) return null;
  if (movers.length === 0 || !mayEver(state, movers)) return notTheirs(turn, task, movers);
  if (isEnded(task.state)) {
    return failure("conflict", `The task ${taskId} is ${task.state}, which is its end. Send a new task for more.`);
  }
  return failure(
    "conflict",
    `The task ${taskId} is ${task.state}; from there you can make it ${after.join(", ")}, not ${state}.`,
    { details: { state: task.state, possible: after } },
  );
}

export function noTask(taskId: string): Failure {
  return failure(
    "not_found",
    `There is no task ${taskId}. Its id is that of the message that opened it; list_tasks has them.`,
  );
}

function mayEver(state: TaskMove["state"], movers: readonly Mover[]): boolean {
  return movers.includes("owner") ? state !== "canceled" || movers.includes("requester") : state === "canceled";
}

function notTheirs(turn: Turn, task: StoredTask, movers: readonly Mover[]): Failure {
  const owner = task.owner === null ? null : idOf(turn.store, task.owner);
  const requester = idOf(turn.store, task.requester);
  const why = movers.includes("owner")
    ? `Only ${requester}, who asked for it, cancels it; you can make it rejected or failed.`
    : movers.includes("requester")
      ? `Only its owner, ${owner ?? `the first who takes the role ${task.role}`}, says how far it is; you can cancel it.`
      : owner === null
        ? `It waits for the first who takes the role ${task.role}; until then ${requester}, who asked for it, may cancel it.`
        : `Its owner, ${owner}, moves it, and ${requester}, who asked for it, may cancel it.`;
  return failure("forbidden", `The task ${task.taskId} is not yours to move so. ${why}`);
}

/** T3: what a former owner sends is kept, and changes nothing. */
function isLate(turn: Turn, task: StoredTask | undefined, instance: Instance): task is StoredTask {
  if (task === undefined || moversOf(turn.store, task, instance).includes("owner")) return false;
  return wasOwner(turn.store, task, instance);
}

function lateWarning(turn: Turn, { owner, role }: StoredTask): string {
  const whose = owner === null ? `waiting for any ${role}` : `${idOf(turn.store, owner)}'s`;
  return `That task is ${whose} by now: your answer was sent, and changed nothing of it. Do not work on it any more.`;
}
