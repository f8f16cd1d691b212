import { ArrowDown } from "lucide";
import { isEnded } from "../../../../shared/task-state.ts";
import type { Task } from "../../../../shared/tasks.ts";
import { Icon } from "../../components/icon.tsx";
import { TableScroll } from "../../components/page.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { useFirstRows } from "../../components/use-first-rows.tsx";
import type { TaskOrder } from "../../models/task-filter.ts";
import { mayDecide, type Work } from "./task-actions.ts";
import { Due, Owner, Somebody, State, TaskMenu } from "./task-parts.tsx";
import { titleOf } from "./task-words.ts";

interface Props {
  label: string;
  tasks: readonly Task[];
  work: Work;
  /** How they are sorted, with a way to sort them otherwise. */
  order?: TaskOrder;
}

const ORDERS: readonly [TaskOrder, string][] = [
  ["owner", "Owner"],
  ["age", "Asked"],
  ["due", "Due"],
];

export function TaskTable({ label, tasks, work, order }: Props) {
  const { shown, more } = useFirstRows(tasks);
  const selectable = shown.filter((task) => !isEnded(task.state) && mayDecide(work, task));
  return (
    <>
      <TableScroll label={label}>
        <table class="data-table tasks-table">
          <thead>
            <tr>
              <td>{selectable.length > 0 && <SelectAll tasks={selectable} work={work} />}</td>
              <th scope="col">Task</th>
              <th scope="col">State</th>
              <Sorted by="owner" order={order} work={work} />
              <th scope="col">Asked by</th>
              <Sorted by="age" order={order} work={work} />
              <Sorted by="due" order={order} work={work} />
              <th scope="col">
                <span class="visually-hidden">What to do</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((task) => (
              <TaskRow key={task.taskId} task={task} work={work} isSelectable={selectable.includes(task)} />
            ))}
          </tbody>
        </table>
      </TableScroll>
      {more}
    </>
  );
}

function Sorted({ by, order, work }: { by: TaskOrder; order: TaskOrder | undefined; work: Work }) {
  const { url } = work.models;
  const name = ORDERS.find(([one]) => one === by)?.[1] ?? by;
  if (order === undefined) return <th scope="col">{name}</th>;
  return (
    <th scope="col" aria-sort={order === by ? "ascending" : undefined}>
      <button type="button" class="tasks-sort" onClick={() => url.set({ sort: by === "age" ? null : by }, "replace")}>
        {name}
        {order === by && <Icon of={ArrowDown} size={12} />}
      </button>
    </th>
  );
}

function SelectAll({ tasks, work: { model } }: { tasks: readonly Task[]; work: Work }) {
  const count = tasks.filter(({ taskId }) => model.selected.value.has(taskId)).length;
  return (
    <input
      type="checkbox"
      aria-label="Select all that are shown"
      checked={count === tasks.length}
      ref={(box) => {
        if (box) box.indeterminate = count > 0 && count < tasks.length;
      }}
      onChange={(event) =>
        model.select(
          tasks.map(({ taskId }) => taskId),
          event.currentTarget.checked,
        )
      }
    />
  );
}

function TaskRow({ task, work, isSelectable }: { task: Task; work: Work; isSelectable: boolean }) {
  const { taskId, note, requester, openedAt } = task;
  const name = titleOf(task);
  return (
    <tr>
      <td>
        {isSelectable && (
          <input
            type="checkbox"
            aria-label={`Select ${name}`}
            checked={work.model.selected.value.has(taskId)}
            onChange={(event) => work.model.select([taskId], event.currentTarget.checked)}
          />
        )}
      </td>
      <th scope="row" class="row-name">
        <a href={work.hrefOf(taskId)}>{name}</a>
        {note !== undefined && <p class="quiet">{note}</p>}
      </th>
      <td>
        <State task={task} />
      </td>
      <td>
        <Owner task={task} />
      </td>
      <td>
        <Somebody id={requester} />
      </td>
      <td>
        <RelativeTime at={openedAt} />
      </td>
      <td>
        <Due task={task} />
      </td>
      <td class="tasks-cancel">
        <TaskMenu work={work} task={task} />
      </td>
    </tr>
  );
}
