/** T6: an operator gives an open task to another instance, in one transaction, whoever had it and however far that one was. */
import { type Failure, failure, type Result, success } from "../../../shared/errors.ts";
import { TTL_DEFAULT_SECONDS } from "../../../shared/limits.ts";
import { type Message, utf8Length } from "../../../shared/message.ts";
import { isEnded } from "../../../shared/task-state.ts";
import type { Task } from "../../../shared/tasks.ts";
import { digestOf } from "../../content-digest.ts";
import { bodyOf, messageIdOf, readMessage, senderOf } from "../../envelope.ts";
import type { Principal } from "../../principal.ts";
import { type Accepted, fullness, isSameSender, type Letter } from "../accept.ts";
import { quote } from "../quote.ts";
import { DISK_FULL } from "../room.ts";
import type { Instance } from "../store/instances.ts";
import type { StoredTask } from "../store/task-rows.ts";
import type { Turn } from "../turn.ts";
import { noTask } from "./answer.ts";
import { handOver } from "./hand-over.ts";
import { showTask } from "./look.ts";
import { HUB } from "./move.ts";
import { named, tell } from "./notice.ts";
import { holderOf, operatorRefusal, ownerOf, requesterOf } from "./people.ts";

export interface Reassignment {
  /** An instance's full id. */
  to: string;
  note: string | undefined;
  by: Principal;
  /** What history has under the task's id: the store forgets the text of what was taken after a minute. */
  told: Message | null;
}

/** Does `POST /api/tasks/:id/reassign`, for admins and who answers for its requester or its owner. */
export function reassignByRest(turn: Turn, taskId: string, { to, note, by, told }: Reassignment): Result<Task> {
  const task = turn.store.tasks.find(taskId);
  if (task === undefined) return noTask(taskId);
  const refusal = operatorRefusal(turn.store, task, by) ?? endedRefusal(task);
  if (refusal !== null) return refusal;
  if (!turn.hasRoom) return DISK_FULL;
  const next = nextOwner(turn, task, to);
  if (!next.ok) return next;
  const text = textOf(turn, task, told);
  if (!text.ok) return text;
  const full = fullness(turn, next.value, utf8Length(text.value));
  if (full !== null) return full;
  return success(showTask(turn.store, giveTo(turn, task, next.value, { body: text.value, note })));
}

function giveTo(
  turn: Turn,
  task: StoredTask,
  next: Instance,
  { body, note }: { body: string; note: string | undefined },
): StoredTask {
  const [owner, requester] = [ownerOf(turn.store, task), requesterOf(turn.store, task)];
  const why = note === undefined ? "" : `: ${quote(note)}`;
  const given = handOver(turn, task, next, note ?? "an operator gave it to another", HUB, renewed(turn, task, body));
  if (isEnded(given.state)) return given;
  const other = `is ${next.id}'s now: an operator gave it to them${why}.`;
  tell(turn, owner, task, `The task ${named(task)} ${other} Do not work on it any more.`);
  if (requester !== owner && requester !== next) {
    tell(turn, requester, task, `The task ${named(task)} that you asked for ${other}`);
  }
  return given;
}

function endedRefusal({ taskId, state }: StoredTask): Failure | null {
  if (!isEnded(state)) return null;
  return failure("conflict", `The task ${taskId} is ${state}, which is its end. Have it asked for anew.`);
}

function nextOwner(turn: Turn, task: StoredTask, to: string): Result<Instance> {
  const next = turn.store.instances.holderOf(to);
  if (next === undefined) return failure("unknown_instance", `No instance ${to} is here. Name one by its full id.`);
  if (next === ownerOf(turn.store, task)) return failure("conflict", `${next.id} has the task already.`);
  if (next === requesterOf(turn.store, task)) {
    return failure("conflict", `${next.id} asked for the task and waits for it; name another, or cancel it.`);
  }
  return success(next);
}

/** What the message says that opened a task: by the ledger, by the store, or else by history. */
function textOf(turn: Turn, task: StoredTask, told: Message | null): Result<string> {
  const { tasks, messages } = turn.store;
  const kept = tasks.bodyOf(task);
  if (kept !== null) return success(kept);
  const stored = messages.find(task.taskId);
  const body = stored?.body ?? (told === null ? null : bodyOf(told));
  // Under an id that the hub had forgotten, another message may have come.
  const isSaid = body !== null && readMessage(body)?.type === "task" && stored?.isPublication !== true;
  const isSame = isSaid && (stored === undefined || stored.digest === null || stored.digest === digestOf(body));
  if (isSame) return success(body);
  return failure(
    "conflict",
    `What the task ${task.taskId} asked for is in the hub no more: it was deleted, or history has forgotten it. Cancel it, and have it asked for anew.`,
  );
}

/** Past the time that it had to wait for its recipient, it gets a new one, as a dead letter does that is retried. */
function renewed(turn: Turn, { expiresAt }: StoredTask, body: string): { body: string; expiresAt: number } {
  if (expiresAt > turn.now) return { body, expiresAt };
  const until = turn.now + TTL_DEFAULT_SECONDS * 1_000;
  const message = readMessage(body);
  if (message?.expiresAt === undefined) return { body, expiresAt: until };
  return { body: bodyOf({ ...message, expiresAt: new Date(until).toISOString() }), expiresAt: until };
}

/** M3: a message that comes again, whose task is another's by now, is answered as what it is: one that came before. */
export function repeatOfReassigned(turn: Turn, { body }: Letter, recipient: Instance): Accepted | undefined {
  const { messages, tasks } = turn.store;
  const messageId = messageIdOf(body);
  const [known, task] = [messages.find(messageId), tasks.find(messageId)];
  if (known === undefined || task === undefined || holderOf(turn.store, task.firstOwner) !== recipient)
    return undefined;
  const isSame =
    isSameSender(known.sender, senderOf(body)) && (known.digest ?? digestOf(known.body ?? "")) === digestOf(body);
  const owner = ownerOf(turn.store, task);
  if (!isSame || owner === undefined) return undefined;
  return { recipient: owner, messageId, isQueued: !turn.links.isOnline(owner), isDuplicate: true };
}
