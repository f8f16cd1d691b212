import { isEnded, type TaskState } from "../../../../shared/task-state.ts";
import type { Task } from "../../../../shared/tasks.ts";
import { Tag } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm-dialog.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { TableScroll } from "../../components/page.tsx";
import { formatMoment, RelativeTime } from "../../components/relative-time.tsx";
import { toast } from "../../components/toasts.tsx";
import { instanceHref, threadHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import { wordsOf } from "../../models/refresher.ts";
import type { Tasks } from "../../models/tasks.ts";

/** What each state says to somebody who has not read the protocol. */
const MEANINGS: Readonly<Record<TaskState, string>> = {
  submitted: "Nobody has taken it up yet",
  accepted: "Its owner will do it",
  working: "Its owner is at it",
  input_required: "Its owner cannot go on without an answer",
  completed: "Done, as its owner says",
  failed: "It cannot be done, or its owner or message is gone",
  canceled: "Taken back by who asked, or by an operator",
  rejected: "Nobody who was asked would do it",
};

export function TaskTable({ label, tasks, model }: { label: string; tasks: readonly Task[]; model: Tasks }) {
  return (
    <TableScroll label={label}>
      <table class="data-table tasks-table">
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">State</th>
            <th scope="col">Owner</th>
            <th scope="col">Asked by</th>
            <th scope="col">Asked</th>
            <th scope="col">Due</th>
            <th scope="col">
              <span class="visually-hidden">Cancel</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <TaskRow key={task.taskId} task={task} model={model} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function TaskRow({ task, model }: { task: Task; model: Tasks }) {
  const { session, url } = useModels();
  const { taskId, title, state, progress, note, owner, role, requester, openedAt } = task;
  const openInstance = (id: string) => url.navigate(instanceHref(id));
  const name = title === "" ? "(deleted)" : title;
  return (
    <tr>
      <th scope="row" class="row-name">
        <a href={threadHref(taskId)}>{name}</a>
        {note !== undefined && <p class="quiet">{note}</p>}
      </th>
      <td title={MEANINGS[state]}>
        {state.replace("_", " ")}
        {progress !== undefined && !isEnded(state) && ` ${progress} %`}
      </td>
      <td>
        {owner === undefined ? (
          <span class="quiet">any {role}</span>
        ) : (
          <InstanceName id={owner} onOpen={openInstance} />
        )}
      </td>
      <td>
        <InstanceName id={requester} onOpen={openInstance} />
      </td>
      <td>
        <RelativeTime at={openedAt} />
      </td>
      <td>
        <Due task={task} />
      </td>
      <td class="tasks-cancel">
        {session.isAdmin.value && !isEnded(state) && (
          <Button size="small" variant="ghost" onClick={() => void cancel(task, model)} aria-label={`Cancel ${name}`}>
            Cancel
          </Button>
        )}
      </td>
    </tr>
  );
}

function Due({ task: { dueAt, state } }: { task: Task }) {
  if (dueAt === undefined) return <span class="quiet">—</span>;
  const isLate = !isEnded(state) && Date.parse(dueAt) < Date.now();
  return (
    <>
      {formatMoment(dueAt)} {isLate && <Tag title="Its owner and who asked for it were told">late</Tag>}
    </>
  );
}

async function cancel({ taskId, title }: Task, model: Tasks): Promise<void> {
  const isSure = await confirm({
    title: "Cancel this task?",
    body: `“${title}”: its owner and who asked for it are told.`,
    action: "Cancel task",
  });
  if (!isSure) return;
  try {
    await model.cancel(taskId);
    toast("The task is canceled", { tone: "good" });
  } catch (error) {
    toast(wordsOf(error), { tone: "bad" });
  }
}
