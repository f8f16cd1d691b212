/** The schedules that concern one instance: what it made, and what sends to it. */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { Schedule, SchedulePage } from "../../../shared/schedules.ts";
import type { Hub } from "../adapter/hub.ts";
import { keepRead } from "./keep-read.ts";
import { isAboutSchedules } from "./schedules.ts";

/** More are on the page of schedules. */
const SHOWN_MAX = 20;

export interface InstanceSchedules {
  /** What fires next stands first; what does not fire any more last. Empty until they are read, and where that fails. */
  all: ReadonlySignal<readonly Schedule[]>;
  areMore: ReadonlySignal<boolean>;
}

export const InstanceSchedulesModel = createModel((hub: Hub, instanceId: string): InstanceSchedules => {
  const all = signal<readonly Schedule[]>([]);
  const areMore = signal(false);
  keepRead(hub, {
    async read() {
      const query = { instance: instanceId, limit: SHOWN_MAX };
      const { items, nextCursor } = await hub.rest.get<SchedulePage>("/api/schedules", { query });
      all.value = items.toSorted((a, b) => timeOf(a) - timeOf(b));
      areMore.value = nextCursor !== undefined;
    },
    isAbout: (event) => isAboutSchedules(event) || isNewRole(event),
  });

  function isNewRole(event: HubEvent): boolean {
    return event.event === "instance:role_updated" && event.instanceId === instanceId;
  }
  return { all, areMore };
});

function timeOf({ nextFireAt }: Schedule): number {
  return nextFireAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(nextFireAt);
}
