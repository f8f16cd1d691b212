/** What tasks are called on the page, for somebody who has not read the protocol. */
import type { TaskState } from "../../../../shared/task-state.ts";
import type { Task } from "../../../../shared/tasks.ts";

/** What each state says. */
export const STATE_MEANINGS: Readonly<Record<TaskState, string>> = {
  submitted: "Nobody has taken it up yet",
  accepted: "Its owner will do it",
  working: "Its owner is at it",
  input_required: "Its owner cannot go on without an answer",
  completed: "Done, as its owner says",
  failed: "It cannot be done, or its owner or message is gone",
  canceled: "Taken back by who asked, or by an operator",
  rejected: "Nobody who was asked would do it",
};

export function wordOf(state: TaskState): string {
  return state.replace("_", " ");
}

/** The title; of a task whose message was deleted nothing is left to read. */
export function titleOf({ title }: Pick<Task, "title">): string {
  return title === "" ? "(deleted)" : title;
}
