/** The open tasks that one instance has, or asked for. */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { Task, TaskPage } from "../../../shared/tasks.ts";
import type { Hub } from "../adapter/hub.ts";
import { keepRead } from "./keep-read.ts";
import type { Loading } from "./refresher.ts";
import { ABOUT_TASKS } from "./tasks.ts";

/** Of each of the two. */
const MAX = 200;

export interface InstanceTasks {
  open: ReadonlySignal<readonly Task[]>;
  loading: ReadonlySignal<Loading>;
}

export const InstanceTasksModel = createModel((hub: Hub, instanceId: string): InstanceTasks => {
  const open = signal<readonly Task[]>([]);
  const page = (who: "owner" | "requester") =>
    hub.rest.get<TaskPage>("/api/tasks", { query: { [who]: instanceId, state: "open", limit: MAX } });

  const { loading } = keepRead(hub, {
    async read() {
      const [has, asked] = await Promise.all([page("owner"), page("requester")]);
      const byId = new Map([...has.items, ...asked.items].map((task) => [task.taskId, task]));
      open.value = [...byId.values()];
    },
    isAbout,
  });

  function isAbout(event: HubEvent): boolean {
    if (event.event !== "task:changed") return ABOUT_TASKS.has(event.event);
    const isTheirs = event.owner === instanceId || event.requester === instanceId;
    // One that is another's by now was theirs.
    return isTheirs || open.peek().some(({ taskId }) => taskId === event.taskId);
  }
  return { open, loading };
});
