/** What one session did in a span of time: its messages, its tasks, its queue, and when it was there. */
import { createModel, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { MessagePage, MessageRecord, Presence, StatsSeries } from "../../../shared/history.ts";
import { PAGE_MAX } from "../../../shared/limits.ts";
import { isEnded } from "../../../shared/task-state.ts";
import type { Task, TaskPage } from "../../../shared/tasks.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { keepRead } from "./keep-read.ts";
import type { Loading } from "./refresher.ts";
import { resolveSpan, type Stretch, type TimeSpan } from "./time-span.ts";

/** Pages of messages that are read at most: what is older in the span is left out, and said to be. */
const PAGES_MAX = 4;
const SERIES_POINTS = 120;
const REFRESH_PAUSE_MS = 2_000;

export interface PresenceData {
  /** The oldest first; `toAt` null for one that lasts. */
  spans: readonly { fromAt: number; toAt: number | null }[];
  /** Whether it was online before, the hub does not know; null where it knows nothing. */
  knownSince: number | null;
  /** Spans before these are left out: there are too many. */
  isCut: boolean;
}

export interface TimelineData {
  /** What was asked for; its end is no later than when it was read. */
  stretch: Stretch;
  /** Newest first. */
  messages: readonly MessageRecord[];
  /** Before this moment messages of the span are left out; null where all are here. */
  messagesFrom: number | null;
  /** That it has or had, and that were open at some time of the span; newest first. */
  tasks: readonly Task[];
  areMoreTasks: boolean;
  /** The most that waited in each stretch of the series. */
  queue: readonly { at: number; depth: number | null }[];
  presence: PresenceData;
}

export interface SessionTimeline {
  data: ReadonlySignal<TimelineData | null>;
  loading: ReadonlySignal<Loading>;
}

export const SessionTimelineModel = createModel(
  (hub: Hub, instanceId: string, span: ReadonlySignal<TimeSpan>): SessionTimeline => {
    const data = signal<TimelineData | null>(null);

    async function readMessages({ fromAt, toAt }: Stretch) {
      const q = `with:"${instanceId}" after:${iso(fromAt)} before:${iso(toAt)}`;
      const messages: MessageRecord[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < PAGES_MAX; page++) {
        const query = { q, limit: PAGE_MAX, cursor };
        const { items, nextCursor } = await hub.rest.get<MessagePage>("/api/messages", { query });
        messages.push(...items);
        cursor = nextCursor;
        if (cursor === undefined) break;
      }
      const oldest = messages.at(-1);
      return { messages, messagesFrom: cursor && oldest ? Date.parse(oldest.timestamp) : null };
    }

    const { loading, refresher } = keepRead(hub, {
      async read() {
        const now = Date.now();
        const { fromAt, toAt } = resolveSpan(span.peek(), now);
        const stretch = { fromAt, toAt: Math.max(fromAt + 1, Math.min(toAt, now)) };
        const bounds = { from: iso(fromAt), to: iso(stretch.toAt) };
        const [read, tasks, series, presence] = await Promise.all([
          readMessages(stretch),
          hub.rest.get<TaskPage>("/api/tasks", { query: { owner: instanceId, limit: PAGE_MAX } }),
          hub.rest.get<StatsSeries>("/api/stats/series", {
            query: { instance: instanceId, buckets: SERIES_POINTS, ...bounds },
          }),
          hub.rest.get<Presence>(path`/api/instances/${instanceId}/presence`, { query: bounds }),
        ]);
        data.value = {
          stretch,
          ...read,
          tasks: tasks.items.filter((task) => wasOpenIn(task, stretch)),
          areMoreTasks: tasks.nextCursor !== undefined,
          queue: series.points.map(({ at, queueDepth }) => ({ at: Date.parse(at), depth: queueDepth })),
          presence: readPresence(presence),
        };
      },
      isAbout: (event) => isAbout(event, instanceId),
      pauseMs: REFRESH_PAUSE_MS,
    });
    let isFirst = true;
    effect(() => {
      span.value;
      if (!isFirst) void refresher.now();
      isFirst = false;
    });
    return { data, loading };
  },
);

function readPresence({ spans, knownSince, truncated }: Presence): PresenceData {
  return {
    spans: spans.map(({ from, to }) => ({ fromAt: Date.parse(from), toAt: to === null ? null : Date.parse(to) })),
    knownSince: knownSince === null ? null : Date.parse(knownSince),
    isCut: truncated,
  };
}

function wasOpenIn(task: Task, { fromAt, toAt }: Stretch): boolean {
  const endedAt = isEnded(task.state) ? Date.parse(task.changedAt) : Number.POSITIVE_INFINITY;
  return Date.parse(task.openedAt) < toAt && endedAt >= fromAt;
}

function isAbout(event: HubEvent, instanceId: string): boolean {
  switch (event.event) {
    case "message:sent":
      return event.message.from === instanceId || event.message.to === instanceId;
    case "topic:message":
      return event.message.from === instanceId;
    case "task:changed":
      return event.owner === instanceId;
    case "queue:stats":
    case "instance:joined":
    case "instance:left":
      return event.instanceId === instanceId;
    case "instance:session_updated":
      return event.oldInstanceId === instanceId || event.newInstanceId === instanceId;
    default:
      return false;
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
