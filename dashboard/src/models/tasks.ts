/** What is asked of whom, and how far it is: the open tasks, and those that ended last. */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEventName } from "../../../shared/events.ts";
import type { Task, TaskPage } from "../../../shared/tasks.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { followStream } from "./follow-stream.ts";
import { createRefresher, failed, LOADING, type Loading, READY } from "./refresher.ts";

/** A team at work takes several steps a second. */
const REFRESH_PAUSE_MS = 500;
const OPEN_MAX = 200;
const ENDED_MAX = 50;

/** After these, owners, states or titles are others. */
const ABOUT_TASKS: ReadonlySet<HubEventName> = new Set(["task:changed", "instance:session_updated", "message:deleted"]);

export interface Tasks {
  /** The newest first. */
  open: ReadonlySignal<readonly Task[]>;
  ended: ReadonlySignal<readonly Task[]>;
  /** Whether there are open ones that are not shown. */
  areMoreOpen: ReadonlySignal<boolean>;
  loading: ReadonlySignal<Loading>;
  /** Rejects with a `RestProblem`. */
  cancel(taskId: string): Promise<void>;
}

export const TasksModel = createModel((hub: Hub): Tasks => {
  const open = signal<readonly Task[]>([]);
  const ended = signal<readonly Task[]>([]);
  const areMoreOpen = signal(false);
  const loading = signal<Loading>(LOADING);

  const page = (state: string, limit: number) => hub.rest.get<TaskPage>("/api/tasks", { query: { state, limit } });
  const refresher = createRefresher(async () => {
    try {
      const [now, before] = await Promise.all([page("open", OPEN_MAX), page("ended", ENDED_MAX)]);
      open.value = now.items;
      areMoreOpen.value = now.nextCursor !== undefined;
      ended.value = before.items;
      loading.value = READY;
    } catch (error) {
      loading.value = failed(error);
    }
  }, REFRESH_PAUSE_MS);

  void refresher.now();
  followStream(hub, {
    onEvents(events) {
      if (events.some(({ event }) => ABOUT_TASKS.has(event))) refresher.soon();
    },
    onGap: refresher.soon,
    onEnd: refresher.stop,
  });

  return {
    open,
    ended,
    areMoreOpen,
    loading,
    async cancel(taskId) {
      await hub.rest.post(path`/api/tasks/${taskId}/cancel`);
      await refresher.now();
    },
  };
});
