/** What is asked of whom, and how far it is: the open tasks, and those that ended last. */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEventName } from "../../../shared/events.ts";
import type { Task, TaskPage } from "../../../shared/tasks.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { keepRead } from "./keep-read.ts";
import type { Loading } from "./refresher.ts";

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

  const page = (state: string, limit: number) => hub.rest.get<TaskPage>("/api/tasks", { query: { state, limit } });
  const { loading, refresher } = keepRead(hub, {
    async read() {
      const [now, before] = await Promise.all([page("open", OPEN_MAX), page("ended", ENDED_MAX)]);
      open.value = now.items;
      areMoreOpen.value = now.nextCursor !== undefined;
      ended.value = before.items;
    },
    isAbout: ({ event }) => ABOUT_TASKS.has(event),
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
