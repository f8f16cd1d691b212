/** One task with its course, kept true while it goes on. */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { TaskDetail } from "../../../shared/tasks.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { keepRead } from "./keep-read.ts";
import type { Loading } from "./refresher.ts";

export interface TaskCourse {
  /** Undefined until it is read. */
  task: ReadonlySignal<TaskDetail | undefined>;
  loading: ReadonlySignal<Loading>;
}

export const TaskCourseModel = createModel((hub: Hub, taskId: string): TaskCourse => {
  const task = signal<TaskDetail | undefined>(undefined);
  const { loading } = keepRead(hub, {
    async read() {
      task.value = await hub.rest.get<TaskDetail>(path`/api/tasks/${taskId}`);
    },
    isAbout: (event) => event.event === "task:changed" && event.taskId === taskId,
  });
  return { task, loading };
});
