/** Messages that the hub sends when their time comes. */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type {
  Schedule,
  ScheduleChanges,
  ScheduleDetail,
  ScheduleFiring,
  SchedulePage,
  SchedulePreview,
} from "../../../shared/schedules.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { keepRead } from "./keep-read.ts";
import type { Loading } from "./refresher.ts";

const SHOWN_MAX = 200;

/** What a form says of one. */
export type ScheduleDraft = Omit<ScheduleChanges, "enabled">;

export interface Schedules {
  /** The newest first. */
  all: ReadonlySignal<readonly Schedule[]>;
  areMore: ReadonlySignal<boolean>;
  loading: ReadonlySignal<Loading>;
  /** These reject with a `RestProblem`. */
  create(draft: ScheduleDraft): Promise<void>;
  update(scheduleId: string, changes: ScheduleChanges): Promise<void>;
  run(scheduleId: string): Promise<ScheduleFiring>;
  remove(scheduleId: string): Promise<void>;
}

export function isAboutSchedules({ event }: HubEvent): boolean {
  return event.startsWith("schedule:") || event === "instance:session_updated";
}

export const SchedulesModel = createModel((hub: Hub): Schedules => {
  const all = signal<readonly Schedule[]>([]);
  const areMore = signal(false);

  const { loading, refresher } = keepRead(hub, {
    async read() {
      const { items, nextCursor } = await hub.rest.get<SchedulePage>("/api/schedules", { query: { limit: SHOWN_MAX } });
      all.value = items;
      areMore.value = nextCursor !== undefined;
    },
    isAbout: isAboutSchedules,
  });
  const after = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    await refresher.now();
    return result;
  };

  return {
    all,
    areMore,
    loading,
    create: (draft) => after(hub.rest.post("/api/schedules", draft)),
    update: (id, changes) => after(hub.rest.patch(path`/api/schedules/${id}`, changes)),
    run: (id) => after(hub.rest.post<ScheduleFiring>(path`/api/schedules/${id}/run`)),
    remove: (id) => after(hub.rest.delete(path`/api/schedules/${id}`)),
  };
});

export interface OneSchedule {
  /** Undefined until it is read. */
  detail: ReadonlySignal<ScheduleDetail | undefined>;
  loading: ReadonlySignal<Loading>;
}

/** One schedule with what became of its last times, for as long as it is looked at. */
export const OneScheduleModel = createModel((hub: Hub, scheduleId: string): OneSchedule => {
  const detail = signal<ScheduleDetail | undefined>(undefined);
  const { loading } = keepRead(hub, {
    async read() {
      detail.value = await hub.rest.get<ScheduleDetail>(path`/api/schedules/${scheduleId}`);
    },
    isAbout: isAboutSchedules,
  });
  return { detail, loading };
});

/** What the hub makes of an expression. Rejects with a `RestProblem`, or with the signal's reason. */
export function previewTimes(
  hub: Hub,
  expression: string,
  timeZone: string,
  stop: AbortSignal,
): Promise<SchedulePreview> {
  return hub.rest.post<SchedulePreview>("/api/schedules/preview", { expression, timeZone }, { signal: stop });
}
