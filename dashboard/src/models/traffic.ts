/** Who writes to whom: the traffic of a span as the hub counts it, and each message as it happens. */
import { computed, createModel, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { Traffic as TrafficAnswer } from "../../../shared/history.ts";
import type { MessageType } from "../../../shared/message.ts";
import type { Hub } from "../adapter/hub.ts";
import type { UrlState } from "../url-state.ts";
import { followStream } from "./follow-stream.ts";
import type { Instances } from "./instances.ts";
import { createRefresher, failed, LOADING, type Loading, READY } from "./refresher.ts";
import { endsNow, formatSpan, parseSpan, queryOf, resolveSpan, type TimeSpan } from "./time-span.ts";
import { buildGraph, edgeKey, type Graph } from "./traffic-graph.ts";

/** A message that was just sent along an edge. */
export interface Arrival {
  from: string;
  to: string;
  type: MessageType;
}

export interface TrafficView {
  span: ReadonlySignal<TimeSpan>;
  graph: ReadonlySignal<Graph>;
  loading: ReadonlySignal<Loading>;
  /** Whether the hub left out quieter edges. */
  isTruncated: ReadonlySignal<boolean>;
  /** What came with the last events; a new list each time. */
  arrivals: ReadonlySignal<readonly Arrival[]>;
  /** The node that the URL names, and with `edgeTo` the edge that leaves it for there; "" for none. */
  node: ReadonlySignal<string>;
  edgeTo: ReadonlySignal<string>;
  /** A node, or with `to` an edge; "" for none. */
  select(node: string, to?: string): void;
  /** The Command Center with what one sent, what another received, or what went between. */
  messagesHref: ReadonlySignal<(ends: { from?: string; to?: string }) => string>;
  refresh(): void;
}

/** Between two readings while the hub is busy; in between, each event counts by itself. */
const PAUSE_MS = 5_000;
const IDLE_MS = 30_000;
/** Tables and layout follow so often at most. */
const REBUILD_MS = 150;

export const TrafficModel = createModel((hub: Hub, url: UrlState, instances: Instances): TrafficView => {
  const spanText = url.param("span");
  const span = computed(() => parseSpan(spanText.value, "1h"));
  const asked = computed(() => formatSpan(span.value));
  const loading = signal<Loading>(LOADING);
  const isTruncated = signal(false);
  const arrivals = signal<readonly Arrival[]>([]);
  const graph = signal<Graph>({ nodes: [], edges: [], memberships: [] });
  let edges = new Map<string, TrafficAnswer["edges"][number]>();
  let rebuildTimer: ReturnType<typeof setTimeout> | undefined;

  const rebuild = () => {
    clearTimeout(rebuildTimer);
    rebuildTimer = undefined;
    graph.value = buildGraph([...instances.byId.peek().values()], [...edges.values()]);
  };
  const rebuildSoon = () => {
    rebuildTimer ??= setTimeout(rebuild, REBUILD_MS);
  };

  const refresher = createRefresher(async () => {
    const wanted = asked.peek();
    const { fromAt, toAt } = resolveSpan(span.peek(), Date.now());
    const query = { from: new Date(fromAt).toISOString(), to: new Date(toAt).toISOString() };
    try {
      const answer = await hub.rest.get<TrafficAnswer>("/api/traffic", { query });
      if (wanted !== asked.peek()) return;
      edges = new Map(answer.edges.map((edge) => [edgeKey(edge.from, edge.to), edge]));
      isTruncated.value = answer.truncated;
      loading.value = READY;
      rebuild();
    } catch (error) {
      if (wanted === asked.peek()) loading.value = failed(error);
    }
  }, PAUSE_MS);

  const count = (arrived: readonly Arrival[]) => {
    for (const { from, to } of arrived) {
      const key = edgeKey(from, to);
      edges.set(key, { from, to, messages: (edges.get(key)?.messages ?? 0) + 1 });
    }
  };

  effect(() => {
    asked.value;
    untracked(() => {
      loading.value = LOADING;
      void refresher.now();
    });
  });
  effect(() => {
    instances.byId.value;
    untracked(rebuildSoon);
  });
  const timer = setInterval(refresher.soon, IDLE_MS);
  followStream(hub, {
    onEvents(events) {
      const arrived = events.flatMap(toArrival);
      if (arrived.length === 0) return;
      arrivals.value = arrived;
      if (!endsNow(span.peek())) return;
      count(arrived);
      rebuildSoon();
      refresher.soon();
    },
    onGap: refresher.soon,
    onEnd() {
      clearInterval(timer);
      clearTimeout(rebuildTimer);
      refresher.stop();
    },
  });

  return {
    span,
    graph,
    loading,
    isTruncated,
    arrivals,
    node: url.param("node"),
    edgeTo: url.param("arrow"),
    select: (node, to = "") => url.set({ node, arrow: to }, "push"),
    // Not a method: what a model's methods read is not tracked, and a link must follow.
    messagesHref: computed(() => {
      const wanted = span.value;
      return ({ from, to }) => {
        const terms = [from && `from:${from}`, to && `to:${to}`].filter((term) => term !== undefined && term !== "");
        return `/?${new URLSearchParams({ q: queryOf(wanted, Date.now(), terms as string[]) })}`;
      };
    }),
    refresh: () => void refresher.now(),
  };
});

function toArrival(event: HubEvent): Arrival[] {
  switch (event.event) {
    case "message:sent":
      return [{ from: event.message.from, to: event.message.to, type: event.message.type }];
    case "topic:message":
      return [{ from: event.message.from, to: `topic:${event.name}`, type: event.message.type }];
    case "broadcast:sent":
      return [{ from: event.from, to: "broadcast", type: event.type }];
    default:
      return [];
  }
}
