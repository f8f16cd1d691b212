/** What can be done with tasks on this page, after the questions that it takes. */
import { ArrowRightLeft, CircleX, MessagesSquare, PanelRight } from "lucide";
import { isEnded } from "../../../../shared/task-state.ts";
import type { Task } from "../../../../shared/tasks.ts";
import { confirm } from "../../components/confirm-dialog.tsx";
import type { MenuItem } from "../../components/menu.tsx";
import { toast } from "../../components/toasts.tsx";
import { threadHref } from "../../links.ts";
import type { Models } from "../../models/models.ts";
import type { Tasks } from "../../models/tasks.ts";
import { titleOf } from "./task-words.ts";

/** The page as its parts have it. */
export interface Work {
  model: Tasks;
  models: Models;
  /** The address of this page with a task's panel open. */
  hrefOf(taskId: string): string;
  /** Asks who gets a task. */
  giveAway(task: Task): void;
}

/** Whether the key that is signed in may cancel a task, or give it to another. */
export function mayDecide({ models }: Work, { owner, requester }: Task): boolean {
  const may = models.session.canRemove.value;
  return may(requester) || (owner !== undefined && may(owner));
}

export function menuOf(work: Work, task: Task): MenuItem[] {
  const { url } = work.models;
  const { taskId } = task;
  const items: MenuItem[] = [
    { label: "Details", icon: PanelRight, run: () => url.navigate(work.hrefOf(taskId)) },
    { label: "Conversation", icon: MessagesSquare, run: () => url.navigate(threadHref(taskId)) },
  ];
  if (isEnded(task.state) || !mayDecide(work, task)) return items;
  return [
    ...items,
    { label: "Give to another …", icon: ArrowRightLeft, run: () => work.giveAway(task) },
    { label: "Cancel …", icon: CircleX, isDanger: true, run: () => void cancel(work, [task]) },
  ];
}

/** Asks, and cancels what is said. */
export async function cancel({ model }: Work, tasks: readonly Task[]): Promise<void> {
  const [first] = tasks;
  if (first === undefined) return;
  const isOne = tasks.length === 1;
  const isSure = await confirm({
    title: isOne ? "Cancel this task?" : `Cancel ${tasks.length} tasks?`,
    body: isOne
      ? `“${titleOf(first)}”: its owner and who asked for it are told.`
      : "Their owners and who asked for them are told.",
    action: isOne ? "Cancel task" : `Cancel ${tasks.length} tasks`,
  });
  if (!isSure) return;
  const { done, failure } = await model.cancel(tasks.map(({ taskId }) => taskId));
  const said = done === 1 ? "The task is canceled" : `${done} tasks are canceled`;
  if (failure === undefined) toast(said, { tone: "good" });
  else toast(done === 0 ? failure : `${said}, ${tasks.length - done} not: ${failure}`, { tone: "bad" });
}
