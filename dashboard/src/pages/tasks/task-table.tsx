import { ArrowDown } from "lucide";
import { isEnded } from "../../../../shared/task-state.ts";
import type { Task } from "../../../../shared/tasks.ts";
import { type Column, DataTable } from "../../components/data-table.tsx";
import { Icon } from "../../components/icon.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { Somebody } from "../../components/somebody.tsx";
import type { TaskOrder } from "../../models/task-filter.ts";
import { mayDecide, type Work } from "./task-actions.ts";
import { Due, Owner, State, TaskMenu } from "./task-parts.tsx";
import { titleOf } from "./task-words.ts";

interface Props {
  label: string;
  tasks: readonly Task[];
  work: Work;
  /** How they are sorted, with a way to sort them otherwise. */
  order?: TaskOrder;
}

const TITLES: Readonly<Record<TaskOrder, string>> = { owner: "Owner", age: "Asked", due: "Due" };

export function TaskTable({ label, tasks, work, order }: Props) {
  const isSelectable = (task: Task) => !isEnded(task.state) && mayDecide(work, task);
  const sorted = (by: TaskOrder) => sortedBy(by, order, work);
  const columns: Column<Task>[] = [
    {
      title: "",
      head: (shown) => <SelectAll tasks={shown.filter(isSelectable)} work={work} />,
      cell: (task) => isSelectable(task) && <Select task={task} work={work} />,
    },
    { title: "Task", kind: "name", cell: (task) => <Name task={task} work={work} /> },
    { title: "State", cell: (task) => <State task={task} /> },
    { ...sorted("owner"), cell: (task) => <Owner task={task} /> },
    { title: "Asked by", cell: ({ requester }) => <Somebody id={requester} /> },
    { ...sorted("age"), cell: ({ openedAt }) => <RelativeTime at={openedAt} /> },
    { ...sorted("due"), cell: (task) => <Due task={task} /> },
    { title: "What to do", kind: "actions", cell: (task) => <TaskMenu work={work} task={task} /> },
  ];
  return <DataTable label={label} class="tasks-table" columns={columns} rows={tasks} keyOf={({ taskId }) => taskId} />;
}

/** The head of a column by which a list may be sorted, where that is what `order` is for. */
function sortedBy(by: TaskOrder, order: TaskOrder | undefined, { models: { url } }: Work): Omit<Column<Task>, "cell"> {
  const title = TITLES[by];
  if (order === undefined) return { title };
  return {
    title,
    isSorted: order === by,
    head: () => (
      <button type="button" class="tasks-sort" onClick={() => url.set({ sort: by === "age" ? null : by }, "replace")}>
        {title}
        {order === by && <Icon of={ArrowDown} size={12} />}
      </button>
    ),
  };
}

function Name({ task, work }: { task: Task; work: Work }) {
  return (
    <>
      <a href={work.hrefOf(task.taskId)}>{titleOf(task)}</a>
      {task.note !== undefined && <p class="quiet">{task.note}</p>}
    </>
  );
}

function Select({ task, work: { model } }: { task: Task; work: Work }) {
  return (
    <input
      type="checkbox"
      aria-label={`Select ${titleOf(task)}`}
      checked={model.selected.value.has(task.taskId)}
      onChange={(event) => model.select([task.taskId], event.currentTarget.checked)}
    />
  );
}

function SelectAll({ tasks, work: { model } }: { tasks: readonly Task[]; work: Work }) {
  if (tasks.length === 0) return null;
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
