/** Tasks as they are told: by the ids that everyone has by now, and with their course. */
import { type Result, success } from "../../../shared/errors.ts";
import { systemId } from "../../../shared/ids.ts";
import { TASK_STEPS_SHOWN } from "../../../shared/limits.ts";
import type { TaskFilterState } from "../../../shared/task-move.ts";
import { isEnded, TASK_STATES } from "../../../shared/task-state.ts";
import type { Task, TaskDetail, TaskPage } from "../../../shared/tasks.ts";
import type { OpOf } from "../../link.ts";
import type { TasksRequest } from "../../rpc-types.ts";
import { HUB_NUMBER, type Instance } from "../store/instances.ts";
import type { Store } from "../store/store.ts";
import type { ChangedWithin, TaskFilter } from "../store/task-filter.ts";
import { type StoredStep, type StoredTask, stateNumber } from "../store/task-rows.ts";
import { idOf } from "./people.ts";

/** A task as lists have it. */
export function showTask(store: Store, task: StoredTask): Task {
  const { taskId, title, state, requester, owner, role, progress, note, openedAt, changedAt, dueAt } = task;
  return {
    taskId,
    title,
    state,
    requester: idOf(store, requester),
    ...(owner === null ? {} : { owner: idOf(store, owner) }),
    ...(role === null ? {} : { role }),
    ...(progress === null ? {} : { progress }),
    ...(note === null ? {} : { note }),
    openedAt: iso(openedAt),
    changedAt: iso(changedAt),
    ...(dueAt === null ? {} : { dueAt: iso(dueAt) }),
  };
}

/** A task with its course; null for one that there is not. */
export function showCourse(store: Store, taskId: string): TaskDetail | null {
  const task = store.tasks.find(taskId);
  if (task === undefined) return null;
  const { openedAt: at, firstOwner: owner, requester: by } = task;
  const steps = store.tasks.stepsOf(task, TASK_STEPS_SHOWN + 1);
  const opening: StoredStep = { at, state: "submitted", owner, by, progress: null, note: null, messageId: taskId };
  return {
    ...showTask(store, task),
    course: [opening, ...steps.slice(-TASK_STEPS_SHOWN)].map((step) => showStep(store, step)),
    ...(steps.length > TASK_STEPS_SHOWN ? { isCut: true as const } : {}),
  };
}

function showStep(
  store: Store,
  { at, state, owner, by, progress, note, messageId }: StoredStep,
): TaskDetail["course"][number] {
  return {
    at: iso(at),
    state,
    ...(owner === null ? {} : { owner: store.instances.idOf(owner) }),
    ...(by === null ? {} : { by: store.instances.idOf(by) }),
    ...(progress === null ? {} : { progress }),
    ...(note === null ? {} : { note }),
    ...(messageId === null ? {} : { messageId }),
  };
}

/** Does a `list_tasks`. */
export function listTasks(store: Store, asker: Instance, query: OpOf<"list_tasks">): Result<object> {
  const own = store.instances.withPredecessors(asker).map(({ number }) => number);
  const owners = query.of === "mine" ? own : null;
  const requesters = query.of === "asked" ? own : null;
  const { items: tasks, nextCursor } = pageOf(store, { owners, requesters, ...query });
  return success({ tasks, ...(nextCursor === undefined ? {} : { nextCursor }) });
}

/** Does `GET /api/tasks`: the newest first, or by last change the last first. */
export function tasksByRest(store: Store, { owner, requester, changed, ...query }: TasksRequest): TaskPage {
  const asked = { owners: numbersOf(store, owner), requesters: numbersOf(store, requester), ...query };
  return changed === null ? pageOf(store, asked) : pageByChange(store, asked, changed);
}

/** An instance under all the ids that it had; nobody for one that there is not. */
function numbersOf({ instances }: Store, id: string | null): number[] | null {
  if (id === null) return null;
  if (id === systemId("schedules")) return [HUB_NUMBER];
  const holder = instances.holderOf(id);
  return holder === undefined ? [] : instances.withPredecessors(holder).map(({ number }) => number);
}

type Asked = Omit<TaskFilter, "states"> & { state: TaskFilterState; limit: number; cursor: string | null };

function pageOf(store: Store, { cursor, ...asked }: Asked): TaskPage {
  const rows = store.tasks.page(filterOf(asked), Number(cursor ?? Number.MAX_SAFE_INTEGER), asked.limit + 1);
  return showPage(store, rows, asked.limit, ({ number }) => String(number));
}

/** Its cursors are `<changed at>.<number>`. */
function pageByChange(store: Store, { cursor, ...asked }: Asked, within: ChangedWithin): TaskPage {
  const [changedAt = 0, number = 0] = (cursor ?? "").split(".").map(Number);
  const behind = cursor === null ? null : { changedAt, number };
  const rows = store.tasks.pageByChange(filterOf(asked), within, behind, asked.limit + 1);
  return showPage(store, rows, asked.limit, (task) => `${task.changedAt}.${task.number}`);
}

function filterOf({ owners, requesters, role, state }: Omit<Asked, "cursor">): TaskFilter {
  return { owners, requesters, role, states: statesOf(state) };
}

/** `rows`: one more than the page has room for where there are more. */
function showPage(
  store: Store,
  rows: readonly StoredTask[],
  limit: number,
  cursorOf: (task: StoredTask) => string,
): TaskPage {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map((task) => showTask(store, task)),
    ...(rows.length > limit && last !== undefined ? { nextCursor: cursorOf(last) } : {}),
  };
}

function statesOf(state: TaskFilterState): number[] {
  const states = TASK_STATES.filter(
    (one) => state === "any" || state === one || (state === "open" ? !isEnded(one) : state === "ended" && isEnded(one)),
  );
  return states.map(stateNumber);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
