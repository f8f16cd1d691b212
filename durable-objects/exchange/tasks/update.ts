/** `update_task` and `cancel_task`: a task is moved by a frame, and the other side hears of what it has to act on. */
import { failure, type Result, success } from "../../../shared/errors.ts";
import type { MessageType } from "../../../shared/message.ts";
import type { TaskMove } from "../../../shared/task-move.ts";
import type { Task } from "../../../shared/tasks.ts";
import { compose } from "../../compose.ts";
import { messageIdOf } from "../../envelope.ts";
import type { OpOf } from "../../link.ts";
import type { Principal } from "../../principal.ts";
import { accept } from "../accept.ts";
import type { Link } from "../links.ts";
import { refusalOf as pausedBy, pauseOf, saysCry } from "../pauses/rules.ts";
import { quote } from "../quote.ts";
import { DISK_FULL } from "../room.ts";
import type { StoredTask } from "../store/task-rows.ts";
import type { Turn } from "../turn.ts";
import { moveBy, noTask, refusalOf } from "./answer.ts";
import { nextAfterRefusal } from "./assign.ts";
import { showTask } from "./look.ts";
import { HUB, takeStep } from "./move.ts";
import { named, tell } from "./notice.ts";
import { operatorRefusal, ownerOf, requesterOf } from "./people.ts";

/** Of these the requester has to hear; that a task is under way shows in the ledger. */
const TOLD_AS: Partial<Record<TaskMove["state"], MessageType>> = {
  input_required: "question",
  completed: "result",
  failed: "result",
  rejected: "result",
};

/** Does an `update_task`. */
export function updateTask(turn: Turn, link: Link, { taskId, move }: OpOf<"update_task">): Result<{ task: Task }> {
  const task = turn.store.tasks.find(taskId);
  const refusal = refusalOf(turn, task, taskId, move, link.instance);
  if (refusal !== null || task === undefined) return refusal ?? noTask(taskId);
  if (!turn.hasRoom) return DISK_FULL;
  if (move.state === "canceled") return success({ task: showTask(turn.store, cancel(turn, task, link, move.note)) });
  const told = tellRequester(turn, task, link, move);
  if (!told.ok) return told;
  return success({
    task: showTask(turn.store, moveBy(turn, task, move, { by: link.instance, messageId: told.value })),
  });
}

/** Tells the requester what it has to hear, as a message of the owner's. Returns its id; null for none. */
function tellRequester(turn: Turn, task: StoredTask, link: Link, move: TaskMove): Result<string | null> {
  const { instance } = link;
  const type = TOLD_AS[move.state];
  const requester = requesterOf(turn.store, task);
  if (type === undefined || requester === undefined || requester === instance) return success(null);
  // That one of several refused it is no matter of who asked.
  if (move.state === "rejected" && nextAfterRefusal(turn, task) !== undefined) return success(null);
  const content = move.note ?? `The task ${named(task)} is ${move.state} now.`;
  const author = { from: instance.id, role: instance.role };
  const isHeard = link.isPerson || saysCry(move);
  const pause = pauseOf(turn, instance);
  if (pause !== undefined && !isHeard && !turn.links.of(requester)?.isPerson) return pausedBy(turn, pause);
  const draft = { type, content, replyToMessageId: task.taskId, task: move };
  const letter = { ...compose(draft, author, requester.id, turn.now), passes: isHeard };
  const accepted = accept(turn, letter, requester);
  return accepted.ok ? success(messageIdOf(letter.body)) : accepted;
}

/** Does a `cancel_task`. */
export function cancelTask(turn: Turn, link: Link, { taskId, note }: OpOf<"cancel_task">): Result<{ task: Task }> {
  const task = turn.store.tasks.find(taskId);
  const refusal = refusalOf(turn, task, taskId, { state: "canceled" }, link.instance);
  if (refusal !== null || task === undefined) return refusal ?? noTask(taskId);
  return success({ task: showTask(turn.store, cancel(turn, task, link, note)) });
}

/** Does `POST /api/tasks/:id/cancel`, for admins and who answers for its requester or its owner. */
export function cancelByRest(turn: Turn, taskId: string, note: string | undefined, by: Principal): Result<Task> {
  const task = turn.store.tasks.find(taskId);
  if (task === undefined) return noTask(taskId);
  const refusal = operatorRefusal(turn.store, task, by);
  if (refusal !== null) return refusal;
  if (task.state === "completed" || task.state === "failed" || task.state === "canceled" || task.state === "rejected") {
    return failure("conflict", `The task ${taskId} is ${task.state}, which is its end.`);
  }
  const canceled = takeStep(turn, task, { state: "canceled", note: note ?? "on the dashboard or by REST" }, HUB);
  for (const party of new Set([ownerOf(turn.store, task), requesterOf(turn.store, task)])) {
    tell(
      turn,
      party,
      task,
      `The task ${named(task)} was canceled by an operator${reason(note)}. Nobody is to work on it.`,
    );
  }
  return success(showTask(turn.store, canceled));
}

function cancel(turn: Turn, task: StoredTask, { instance }: Link, note: string | undefined): StoredTask {
  const canceled = takeStep(turn, task, { state: "canceled", note }, { by: instance, messageId: null });
  const owner = ownerOf(turn.store, task);
  if (owner !== instance) {
    tell(
      turn,
      owner,
      task,
      `${instance.id} canceled the task ${named(task)}${reason(note)}. Do not work on it any more.`,
    );
  }
  return canceled;
}

function reason(note: string | undefined): string {
  return note === undefined ? "" : `: ${quote(note)}`;
}
