/** What is asked of whom, and how far it is: the open tasks, and those that ended last. */
import { computed, createModel, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { HubEventName } from "../../../shared/events.ts";
import type { Task, TaskPage } from "../../../shared/tasks.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { keepRead } from "./keep-read.ts";
import { type Loading, type Refresher, wordsOf } from "./refresher.ts";
import { endsNow, resolveSpan, type TimeSpan } from "./time-span.ts";

const PAGE = 200;
/** So many pages of open tasks are read: more than anybody looks through. */
const OPEN_PAGES = 5;
/** Reading them all costs up to six requests. */
const PAUSE_MS = 1_000;
/** Without any event: a span that ends now moves on all the same. */
const IDLE_MS = 60_000;

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
  /** Within the span, the last first. */
  ended: ReadonlySignal<readonly Task[]>;
  /** Whether there are open ones that are not shown. */
  areMoreOpen: ReadonlySignal<boolean>;
  areMoreEnded: ReadonlySignal<boolean>;
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

/** `span`: when those ended that are read, too; without one none of them is. */
export const TasksModel = createModel((hub: Hub, span?: ReadonlySignal<TimeSpan>): Tasks => {
  const open = signal<readonly Task[]>([]);
  const ended = signal<readonly Task[]>([]);
  const areMoreOpen = signal(false);
  const areMoreEnded = signal(false);
  const chosen = signal<ReadonlySet<string>>(new Set());

  const page = (state: string, more: Record<string, string | undefined> = {}) =>
    hub.rest.get<TaskPage>("/api/tasks", { query: { state, limit: PAGE, ...more } });

  async function readOpen(): Promise<TaskPage> {
    let read = await page("open");
    const items = [...read.items];
    for (let pages = 1; pages < OPEN_PAGES && read.nextCursor !== undefined; pages++) {
      read = await page("open", { cursor: read.nextCursor });
      items.push(...read.items);
    }
    return { ...read, items };
  }

  async function readEnded(): Promise<TaskPage> {
    if (span === undefined) return { items: [] };
    const { value } = span;
    const { fromAt, toAt } = resolveSpan(value, Date.now());
    // The hub's clock may be ahead: what ends now is left open.
    const changedTo = endsNow(value) ? undefined : new Date(toAt).toISOString();
    return page("ended", { changedFrom: new Date(fromAt).toISOString(), changedTo });
  }

  const { loading, refresher } = keepRead(hub, {
    async read() {
      const asked = span?.peek();
      const [now, before] = await Promise.all([readOpen(), readEnded()]);
      // Somebody chose another span in the meantime: that one is read next.
      if (asked !== span?.peek()) return;
      open.value = now.items;
      areMoreOpen.value = now.nextCursor !== undefined;
      ended.value = before.items;
      areMoreEnded.value = before.nextCursor !== undefined;
    },
    isAbout: ({ event }) => ABOUT_TASKS.has(event),
    pauseMs: PAUSE_MS,
  });
  if (span !== undefined) followSpan(span, refresher);

  return {
    open,
    ended,
    areMoreOpen,
    areMoreEnded,
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

/** Reads again for another span, and as time goes on where it ends now. The first reading is under way. */
function followSpan(span: ReadonlySignal<TimeSpan>, refresher: Refresher): void {
  let isFirst = true;
  effect(() => {
    const isLive = endsNow(span.value);
    if (!isFirst) untracked(() => void refresher.now());
    isFirst = false;
    if (!isLive) return;
    const timer = setInterval(refresher.soon, IDLE_MS);
    return () => clearInterval(timer);
  });
}
