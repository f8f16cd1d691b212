/** Which tasks a page shows, and in which order. */
import { projectOf } from "../../../shared/id-parts.ts";
import { isEnded, type TaskState } from "../../../shared/task-state.ts";
import type { Task } from "../../../shared/tasks.ts";

/** What each names; "" leaves all. */
export interface TaskFilter {
  owner: string;
  requester: string;
  role: string;
  state: string;
  project: string;
}

export const NO_FILTER: TaskFilter = { owner: "", requester: "", role: "", state: "", project: "" };

export type TaskOrder = "age" | "owner" | "due";

const SOON_MS = 3_600_000;

/** Those that all parts of the filter name. A project is that of who has it, or of who asked where nobody has it. */
export function filterTasks(tasks: readonly Task[], filter: TaskFilter): Task[] {
  const { owner, requester, role, state, project } = filter;
  return tasks.filter(
    (task) =>
      (owner === "" || task.owner === owner) &&
      (requester === "" || task.requester === requester) &&
      (role === "" || task.role === role) &&
      (state === "" || task.state === state) &&
      (project === "" || projectOf(task.owner ?? task.requester) === project),
  );
}

/** The oldest first; by owner, or with what is due first, the oldest of each first. */
export function sortTasks(tasks: readonly Task[], order: TaskOrder): Task[] {
  const byAge = (a: Task, b: Task) => (a.openedAt < b.openedAt ? -1 : a.openedAt > b.openedAt ? 1 : 0);
  const keyOf = ({ owner, role, dueAt }: Task) =>
    order === "owner" ? (owner ?? `~any ${role}`) : order === "due" ? (dueAt ?? "~") : "";
  return tasks.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : byAge(a, b)));
}

/** What each part of a filter can name, of the tasks that the other parts leave. */
export function choicesOf(
  tasks: readonly Task[],
  filter: TaskFilter,
): Record<Exclude<keyof TaskFilter, "state">, string[]> {
  const choices = (name: keyof TaskFilter, of: (task: Task) => string | undefined) => {
    const all = filterTasks(tasks, { ...filter, [name]: "" }).map(of);
    return [...new Set(all.filter((one) => one !== undefined))].sort();
  };
  return {
    owner: choices("owner", ({ owner }) => owner),
    requester: choices("requester", ({ requester }) => requester),
    role: choices("role", ({ role }) => role),
    project: choices("project", ({ owner, requester }) => projectOf(owner ?? requester)),
  };
}

/** T4: how an open task stands to the time when it is due. */
export function dueOf({ dueAt, state }: { dueAt?: string | undefined; state: TaskState }, now: number) {
  if (dueAt === undefined || isEnded(state)) return "none";
  const left = Date.parse(dueAt) - now;
  return left < 0 ? "late" : left < SOON_MS ? "soon" : "later";
}
