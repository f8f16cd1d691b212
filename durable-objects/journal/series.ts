/** Numbers over time, as `GET /api/stats/series` and `GET /api/traffic` tell them. */
import type { SeriesPoint, StatsSeries, Traffic } from "../../shared/history.ts";
import { EDGES_MAX, SERIES_TOP } from "../../shared/limits.ts";
import { MessageType } from "../../shared/message.ts";
import type { SeriesQuery } from "../rpc-types.ts";
import { latencyOfSlots } from "./latency-slots.ts";
import {
  ALL,
  type DepthRow,
  LATENCY_KINDS,
  MINUTE_MS,
  MINUTES_KEPT,
  type Narrowing,
  type Span,
} from "./series-store.ts";
import type { Stores } from "./stores.ts";

const HOUR_MINUTES = 60;
const TOPIC_PREFIX = "topic:";
/** Of a name that history does not have. */
const NOBODY = -1;

export function readSeries(stores: Stores, query: SeriesQuery, now: number): StatsSeries {
  const { span, step } = stepsOf(query, now);
  const narrowing = narrowingOf(stores, query);
  const steps = Math.ceil((span.to - span.from) / step);
  const edges = stores.series.countEdges(span, narrowing, null);
  return {
    from: isoTime(span.from),
    to: isoTime(span.from + steps * step),
    stepMs: step * MINUTE_MS,
    points: readPoints(stores, { from: span.from, to: span.from + steps * step }, step, narrowing, now),
    ...totalsOf(edges.map(({ sender, recipient, n }) => ({ from: nameOf(sender), to: nameOf(recipient), n }))),
  };

  function nameOf(id: number): string {
    return stores.names.nameOf(id);
  }
}

export function readTraffic({ series, names }: Stores, from: number, to: number): Traffic {
  const span = { from: Math.floor(from / MINUTE_MS), to: Math.ceil(to / MINUTE_MS) };
  const edges = series.countEdges(span, { type: null, topic: null, instance: null }, EDGES_MAX + 1);
  return {
    from: isoTime(span.from),
    to: isoTime(span.to),
    edges: edges.slice(0, EDGES_MAX).map(({ sender, recipient, n }) => ({
      from: names.nameOf(sender),
      to: names.nameOf(recipient),
      messages: n,
    })),
    truncated: edges.length > EDGES_MAX,
  };
}

/** What is asked for in whole minutes, or in whole hours where there are no minutes any more. */
function stepsOf({ from, to, buckets }: SeriesQuery, now: number): { span: Span; step: number } {
  const oldestMinute = Math.ceil(now / MINUTE_MS / HOUR_MINUTES) * HOUR_MINUTES - MINUTES_KEPT;
  const grain = from / MINUTE_MS < oldestMinute ? HOUR_MINUTES : 1;
  const span = {
    from: Math.floor(from / MINUTE_MS / grain) * grain,
    to: Math.ceil(to / MINUTE_MS / grain) * grain,
  };
  return { span, step: Math.ceil((span.to - span.from) / buckets / grain) * grain };
}

function narrowingOf({ names }: Stores, { type, topic, instance }: SeriesQuery): Narrowing {
  const idOf = (name: string | null) => (name === null ? null : (names.find(name) ?? NOBODY));
  return { type, topic: idOf(topic === null ? null : TOPIC_PREFIX + topic), instance: idOf(instance) };
}

function readPoints(stores: Stores, span: Span, step: number, narrowing: Narrowing, now: number): SeriesPoint[] {
  const { series } = stores;
  const types = Map.groupBy(series.countTypes(span, step, narrowing), (row) => row.step);
  // A publication is delivered by its copies, and copies are not measured.
  const latencies = narrowing.topic === null ? series.countLatencies(span, step, narrowing) : [];
  const latenciesOf = Map.groupBy(latencies, (row) => row.step);
  const depths = depthsOf(stores, span, step, narrowing, now);
  return depths.map((queueDepth, index) => {
    const counts = new Map(types.get(index)?.map(({ type, n }) => [type, n]));
    const slots = latenciesOf.get(index) ?? [];
    const latencyOf = (kind: number) =>
      latencyOfSlots(new Map(slots.filter((row) => row.kind === kind).map(({ slot, n }) => [slot, n])));
    return {
      at: isoTime(span.from + index * step),
      messages: [...counts.values()].reduce((sum, n) => sum + n, 0),
      types: Object.fromEntries(
        MessageType.options.map((type) => [type, counts.get(type) ?? 0]),
      ) as SeriesPoint["types"],
      queueDepth,
      delivery: latencyOf(LATENCY_KINDS.delivery),
      answers: latencyOf(LATENCY_KINDS.answer),
    };
  });
}

/** The greatest depth of each step. A depth holds until the next one is told. */
function depthsOf(
  stores: Stores,
  { from, to }: Span,
  step: number,
  narrowing: Narrowing,
  now: number,
): (number | null)[] {
  const steps = Array.from({ length: (to - from) / step }, (_, index) => from + index * step);
  // A queue does not tell its depth by type or topic.
  if (narrowing.type !== null || narrowing.topic !== null) return steps.map(() => null);
  const rows = stores.series.listDepths({ from, to }, narrowing.instance ?? ALL);
  let held: DepthRow | undefined;
  let next = 0;
  return steps.map((start) => {
    let max = held === undefined ? null : held.last;
    for (let row = rows[next]; row !== undefined && row.minute < start + step; row = rows[++next]) {
      const isBefore = row.minute < start;
      max = isBefore ? row.last : Math.max(max ?? 0, row.max);
      held = row;
    }
    return start * MINUTE_MS > now ? null : max;
  });
}

function totalsOf(
  edges: readonly { from: string; to: string; n: number }[],
): Pick<StatsSeries, "topics" | "instances"> {
  const topics = new Map<string, number>();
  const instances = new Map<string, { sent: number; received: number }>();
  const party = (instanceId: string) => {
    const known = instances.get(instanceId) ?? { sent: 0, received: 0 };
    instances.set(instanceId, known);
    return known;
  };
  for (const { from, to, n } of edges) {
    party(from).sent += n;
    if (to.startsWith(TOPIC_PREFIX)) {
      const name = to.slice(TOPIC_PREFIX.length);
      topics.set(name, (topics.get(name) ?? 0) + n);
    } else if (to !== "broadcast") party(to).received += n;
  }
  return {
    topics: [...topics]
      .map(([name, count]) => ({ name, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, SERIES_TOP),
    instances: [...instances]
      .map(([instanceId, counts]) => ({ instanceId, ...counts }))
      .sort((a, b) => b.sent + b.received - a.sent - a.received)
      .slice(0, SERIES_TOP),
  };
}

function isoTime(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString();
}
