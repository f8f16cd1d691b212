/** What is asked of whom, and how far it is: the open tasks, and those that ended last. */
import { computed, createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEventName } from "../../../shared/events.ts";
import type { Task, TaskPage } from "../../../shared/tasks.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { keepRead } from "./keep-read.ts";
import { type Loading, wordsOf } from "./refresher.ts";

const PAGE = 200;
/** So many pages of open tasks are read: more than anybody looks through. */
const OPEN_PAGES = 5;
const ENDED_MAX = 100;
/** Reading them all costs up to six requests. */
const PAUSE_MS = 1_000;

/** After these, owners, states or titles are others. */
export const ABOUT_TASKS: ReadonlySet<HubEventName> = new Set([
  "task:changed",
  "instance:session_updated",
  "message:deleted",
]);

/** How many were canceled, and why the first that was not was not. */
export interface Canceled {
  done: number;
  failure?: string;
}

export interface Tasks {
  /** The newest first. */
  open: ReadonlySignal<readonly Task[]>;
  ended: ReadonlySignal<readonly Task[]>;
  /** Whether there are open ones that are not shown. */
  areMoreOpen: ReadonlySignal<boolean>;
  loading: ReadonlySignal<Loading>;
  /** Ids of those that are selected and still open. */
  selected: ReadonlySignal<ReadonlySet<string>>;
  select(taskIds: readonly string[], isSelected: boolean): void;
  /** One after the other. Stops where the hub refuses one. */
  cancel(taskIds: readonly string[]): Promise<Canceled>;
  /** T6. Rejects with a `RestProblem`. */
  reassign(taskId: string, to: string, note: string): Promise<void>;
  refresh(): void;
}

export const TasksModel = createModel((hub: Hub): Tasks => {
  const open = signal<readonly Task[]>([]);
  const ended = signal<readonly Task[]>([]);
  const areMoreOpen = signal(false);
  const chosen = signal<ReadonlySet<string>>(new Set());

  const page = (state: string, limit: number, cursor?: string) =>
    hub.rest.get<TaskPage>("/api/tasks", { query: { state, limit, ...(cursor === undefined ? {} : { cursor }) } });

  async function readOpen(): Promise<TaskPage> {
    let read = await page("open", PAGE);
    const items = [...read.items];
    for (let pages = 1; pages < OPEN_PAGES && read.nextCursor !== undefined; pages++) {
      read = await page("open", PAGE, read.nextCursor);
      items.push(...read.items);
    }
    return { ...read, items };
  }

  const { loading, refresher } = keepRead(hub, {
    async read() {
      const [now, before] = await Promise.all([readOpen(), page("ended", ENDED_MAX)]);
      open.value = now.items;
      areMoreOpen.value = now.nextCursor !== undefined;
      ended.value = before.items;
    },
    isAbout: ({ event }) => ABOUT_TASKS.has(event),
    pauseMs: PAUSE_MS,
  });

  return {
    open,
    ended,
    areMoreOpen,
    loading,
    selected: computed(() => new Set(open.value.flatMap(({ taskId }) => (chosen.value.has(taskId) ? taskId : [])))),
    select(taskIds, isSelected) {
      const next = new Set(chosen.peek());
      for (const id of taskIds) if (isSelected) next.add(id);
      for (const id of taskIds) if (!isSelected) next.delete(id);
      chosen.value = next;
    },
    async cancel(taskIds) {
      const canceled: Canceled = { done: 0 };
      for (const taskId of taskIds) {
        try {
          await hub.rest.post(path`/api/tasks/${taskId}/cancel`);
        } catch (error) {
          canceled.failure = wordsOf(error);
          break;
        }
        canceled.done++;
      }
      await refresher.now();
      return canceled;
    },
    async reassign(taskId, to, note) {
      await hub.rest.post(path`/api/tasks/${taskId}/reassign`, { to, ...(note === "" ? {} : { note }) });
      await refresher.now();
    },
    refresh: () => void refresher.now(),
  };
});
