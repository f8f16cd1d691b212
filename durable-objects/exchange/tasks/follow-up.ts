/** What becomes of tasks when their messages or their owners end, in the transaction in which these do. */
import { isEnded } from "../../../shared/task-state.ts";
import type { Turn } from "../turn.ts";
import { passOn } from "./assign.ts";
import { HUB, takeStep } from "./move.ts";
import { named, tell } from "./notice.ts";
import { ownerOf, requesterOf } from "./people.ts";

/**
 * Call it when all that came has been done. A task that nobody had taken up fails with its message; one for any of a role goes
 * to another, unless its time has ended. The rest that an owner had goes the same way when that is removed or forgotten.
 */
export function followUp(turn: Turn): void {
  // What goes to another may end there at once: what is past its time, for one.
  for (let ended = turn.takeEnded(); ended.length > 0; ended = turn.takeEnded()) {
    for (const [reason, group] of Map.groupBy(ended, (one) => one.reason)) {
      const removed = group.filter(({ state }) => state === "removed").map(({ messageId }) => messageId);
      for (const task of turn.store.tasks.listUntouched(group.map(({ messageId }) => messageId))) {
        if (task.role !== null && removed.includes(task.taskId)) passOn(turn, task, reason);
        else takeStep(turn, task, { state: "failed", note: reason }, HUB);
      }
    }
  }
  for (const number of turn.removedOwners) leaveOpen(turn, number);
}

function leaveOpen(turn: Turn, number: number): void {
  const note = "its owner was removed";
  for (const task of turn.store.tasks.listOpenOf(number)) {
    if (task.role !== null) {
      passOn(turn, task, note);
      continue;
    }
    takeStep(turn, task, { state: "failed", note }, HUB);
    // Of what nobody had taken up there may be hundreds that were only said, and nobody counts on them.
    if (task.state === "submitted") continue;
    const content = `The task ${named(task)} failed: who had it was removed from the hub.`;
    tell(turn, requesterOf(turn.store, task), task, content);
  }
}

/** A message was deleted: the task that it opened ends, and what it said of a task is forgotten. */
export function forgetMessage(turn: Turn, messageId: string): void {
  const { tasks } = turn.store;
  const task = tasks.find(messageId);
  tasks.forgetText(messageId);
  if (task !== undefined && !isEnded(task.state)) {
    const untitled = { ...task, title: "" };
    takeStep(turn, untitled, { state: "canceled", note: "its message was deleted" }, HUB);
    // Who had taken it up would go on; to anybody else there is nothing to say of what is not there any more.
    if (task.state !== "submitted") {
      const content = `The task ${named(untitled)} is canceled, as its message was deleted. Stop what you do with it.`;
      tell(turn, ownerOf(turn.store, task), untitled, content);
    }
  }
}
