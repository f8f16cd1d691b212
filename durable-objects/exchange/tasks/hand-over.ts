/** T3: a task changes hands, and its message with it: out of one queue and into another, in one transaction. */
import { utf8Length } from "../../../shared/message.ts";
import { messageIdOf, senderOf, withRecipient } from "../../envelope.ts";
import { owe } from "../accept.ts";
import { isOpen } from "../store/delivery-state.ts";
import type { Instance } from "../store/instances.ts";
import type { StoredTask } from "../store/task-rows.ts";
import type { Turn } from "../turn.ts";
import { type Cause, changeOwner, HUB, takeStep } from "./move.ts";

/**
 * Gives a task for any of a role to another, who gets its message under the same id; null releases it, to wait for the next
 * who takes the role. Returns the task as it is then.
 */
export function handOver(turn: Turn, task: StoredTask, next: Instance | null, note: string, cause: Cause): StoredTask {
  const { tasks, messages } = turn.store;
  const body = tasks.bodyOf(task) ?? "";
  const passes = withdraw(turn, task, senderOf(body));
  const addressed = withRecipient(body, next?.id ?? `any:${task.role}`);
  const bytes = utf8Length(addressed);
  const { expiresAt } = task;
  const message = { messageId: messageIdOf(addressed), sender: senderOf(addressed), body: addressed, bytes, expiresAt };
  const position = messages.insert({ ...message, acceptedAt: turn.now, publication: null });
  if (position === undefined) {
    return takeStep(turn, task, { state: "failed", note: "its id was used for another message meanwhile" }, HUB);
  }
  if (next !== null) owe(turn, next, { ...message, position, passes });
  return changeOwner(turn, task, next, note, cause);
}

/** Takes the message back, whatever became of it: who had it is not given it any more. Returns whether it passes pauses (H3). */
function withdraw(turn: Turn, { taskId }: StoredTask, sender: string): boolean {
  const { messages, deliveries, instances } = turn.store;
  const message = messages.find(taskId);
  // What is forgotten after 7 days leaves its id to others.
  if (message?.sender !== sender) return false;
  const rows = deliveries.listOf(message.position);
  for (const row of rows) {
    const owner = instances.byNumber(row.owner);
    if (isOpen(row.state)) deliveries.transition("remove", row.owner, [row], turn.now);
    const link = turn.links.of(owner);
    if (link !== undefined) turn.letGo(link, taskId);
    link?.forgetAcked(taskId);
    if (owner !== undefined) turn.noteDepth(owner);
  }
  deliveries.delete(rows);
  messages.delete([message.position]);
  return rows.some(({ passes }) => passes);
}
