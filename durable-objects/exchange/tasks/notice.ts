/** What the hub tells of tasks by its own accord: messages like any other, which wait for who is away. */
import { quote } from "../quote.ts";
import type { Instance } from "../store/instances.ts";
import type { StoredTask } from "../store/task-rows.ts";
import { tellInstance } from "../tell.ts";
import type { Turn } from "../turn.ts";

/** Tells an instance of a task. Of type `ack`, it is no answer to the task. */
export function tell(turn: Turn, recipient: Instance | undefined, { taskId }: StoredTask, content: string): void {
  tellInstance(turn, recipient, { part: "tasks", type: "ack", content, replyToMessageId: taskId });
}

/** A task in a sentence: its title in quotes, or its id where that was deleted. */
export function named({ taskId, title }: StoredTask): string {
  return title === "" ? taskId : `${quote(title)} (${taskId})`;
}
