/** Counts and latencies over a span of time that the URL names, kept true by events while the span ends now. */
import { computed, createModel, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { HubEventName } from "../../../shared/events.ts";
import type { JournalStats, StatsSeries } from "../../../shared/history.ts";
import type { Hub } from "../adapter/hub.ts";
import type { UrlState } from "../url-state.ts";
import { followStream } from "./follow-stream.ts";
import { createRefresher, failed, LOADING, type Loading, READY } from "./refresher.ts";
import { endsNow, formatSpan, parseSpan, queryOf, resolveSpan, type Stretch, type TimeSpan } from "./time-span.ts";

/** The answer to `GET /api/stats`. */
export type Stats = JournalStats & { activeInstances: number };
export type FilterName = "type" | "topic" | "instance";

export interface Analytics {
  span: ReadonlySignal<TimeSpan>;
  /** "" where nothing narrows. */
  filters: ReadonlySignal<Readonly<Record<FilterName, string>>>;
  /** Of the span before until the new one is read; null before the first. */
  series: ReadonlySignal<StatsSeries | null>;
  stats: ReadonlySignal<Stats | null>;
  loading: ReadonlySignal<Loading>;
  /** Messages of the span, as the filters narrow it. */
  total: ReadonlySignal<number>;
  /** Whether the span ends now, so that what happens changes it. */
  isLive: ReadonlySignal<boolean>;
  chooseSpan(span: TimeSpan): void;
  /** "" takes the filter away. */
  narrow(name: FilterName, value: string): void;
  /** The Command Center with the messages of the span, as the filters and further terms of a query narrow them. */
  messagesHref: ReadonlySignal<(terms?: readonly string[]) => string>;
  refresh(): void;
}

/** Between two readings while the hub is busy. */
const PAUSE_MS = 2_000;
/** Without any event: the span moves on all the same. */
const IDLE_MS = 20_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const RANGE_BUCKETS = 90;
/** How long one bucket is, up to which length of a span that ends now. */
const BUCKETS: readonly [upToMs: number, bucketMs: number][] = [
  [2 * HOUR_MS, MINUTE_MS],
  [30 * HOUR_MS, 15 * MINUTE_MS],
  [8 * 24 * HOUR_MS, 2 * HOUR_MS],
  [Number.POSITIVE_INFINITY, 6 * HOUR_MS],
];
const COUNTED: ReadonlySet<HubEventName> = new Set([
  "message:sent",
  "message:state",
  "topic:message",
  "broadcast:sent",
  "queue:stats",
  "instance:joined",
  "instance:left",
]);

export const AnalyticsModel = createModel((hub: Hub, url: UrlState): Analytics => {
  const spanText = url.param("span");
  const span = computed(() => parseSpan(spanText.value, "24h"));
  const filters = computed(() => ({
    type: url.param("type").value,
    topic: url.param("topic").value,
    instance: url.param("instance").value,
  }));
  const shown = signal<{ series: StatsSeries; span: TimeSpan } | null>(null);
  const series = computed(() => shown.value?.series ?? null);
  const stats = signal<Stats | null>(null);
  const loading = signal<Loading>(LOADING);
  const asked = computed(() => JSON.stringify([formatSpan(span.value), filters.value]));

  const refresher = createRefresher(async () => {
    const wanted = asked.peek();
    const wantedSpan = span.peek();
    const stretch = resolveSpan(wantedSpan, Date.now());
    const query = {
      from: new Date(stretch.fromAt).toISOString(),
      to: new Date(stretch.toAt).toISOString(),
      buckets: bucketsOf(wantedSpan, stretch),
      ...filters.peek(),
    };
    try {
      const [nextSeries, nextStats] = await Promise.all([
        hub.rest.get<StatsSeries>("/api/stats/series", { query }),
        hub.rest.get<Stats>("/api/stats"),
      ]);
      // Somebody chose another span in the meantime: that one is read next.
      if (wanted !== asked.peek()) return;
      shown.value = { series: nextSeries, span: wantedSpan };
      stats.value = nextStats;
      loading.value = READY;
    } catch (error) {
      if (wanted === asked.peek()) loading.value = failed(error);
    }
  }, PAUSE_MS);

  effect(() => {
    asked.value;
    untracked(() => {
      loading.value = LOADING;
      void refresher.now();
    });
  });
  const timer = setInterval(refresher.soon, IDLE_MS);
  followStream(hub, {
    onEvents(events) {
      if (events.some(({ event }) => COUNTED.has(event))) refresher.soon();
    },
    onGap: refresher.soon,
    onEnd() {
      clearInterval(timer);
      refresher.stop();
    },
  });

  // Not a method: what a model's methods read is not tracked, and a link must follow.
  const messagesHref = computed(() => {
    const { type, topic, instance } = filters.value;
    const counted = shown.value === null ? span.value : countedSpan(shown.value);
    return (terms: readonly string[] = []) => {
      const query = new URLSearchParams({ q: queryOf(counted, Date.now(), terms) });
      for (const [name, value] of Object.entries({ type, topic, instance })) if (value !== "") query.set(name, value);
      return `/?${query}`;
    };
  });

  return {
    span,
    filters,
    series,
    stats,
    loading,
    total: computed(() => series.value?.points.reduce((sum, { messages }) => sum + messages, 0) ?? 0),
    isLive: computed(() => endsNow(span.value)),
    chooseSpan: (next) => url.set({ span: formatSpan(next) }, "push"),
    narrow: (name, value) => url.set({ [name]: value }, "push"),
    messagesHref,
    refresh: () => void refresher.now(),
  };
});

/** The hub moves both ends to whole minutes or hours, and what it counted is what a link must show. */
function countedSpan({ series, span }: { series: StatsSeries; span: TimeSpan }): TimeSpan {
  if (endsNow(span)) return span;
  return { kind: "range", fromAt: Date.parse(series.from), toAt: Date.parse(series.to) };
}

function bucketsOf(span: TimeSpan, { fromAt, toAt }: Stretch): number {
  const lengthMs = toAt - fromAt;
  if (!endsNow(span)) return Math.max(1, Math.min(RANGE_BUCKETS, Math.round(lengthMs / MINUTE_MS)));
  const [, bucketMs = HOUR_MS] = BUCKETS.find(([upToMs]) => lengthMs <= upToMs) ?? [];
  // One more than the span has, since the hub takes the begun ones whole.
  return Math.ceil(lengthMs / bucketMs) + 1;
}
