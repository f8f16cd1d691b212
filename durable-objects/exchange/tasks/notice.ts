/** What the hub tells of tasks by its own accord: messages like any other, which wait for who is away. */
import { systemId } from "../../../shared/ids.ts";
import { compose } from "../../compose.ts";
import { log } from "../../log.ts";
import { accept } from "../accept.ts";
import type { Instance } from "../store/instances.ts";
import type { StoredTask } from "../store/task-rows.ts";
import type { Turn } from "../turn.ts";

const AUTHOR = { from: systemId("tasks"), role: null };

/** Tells an instance of a task. Of type `ack`, it is no answer to the task. Who takes no more mail is not told. */
export function tell(turn: Turn, recipient: Instance | undefined, { taskId }: StoredTask, content: string): void {
  if (recipient === undefined || !turn.hasRoom) return;
  const letter = compose({ type: "ack", content, replyToMessageId: taskId }, AUTHOR, recipient.id, turn.now);
  const told = accept(turn, letter, recipient);
  if (!told.ok) log("info", "an instance could not be told of a task", { instance: recipient.id, code: told.code });
}

/** A task in a sentence: its title in quotes, or its id where that was deleted. */
export function named({ taskId, title }: StoredTask): string {
  return title === "" ? taskId : `“${title}” (${taskId})`;
}
