import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { StatsSeries } from "../../../shared/history.ts";
import { RestProblem } from "../adapter/rest.ts";
import { makeAddressBar } from "../test-kit/stand-in-address-bar.ts";
import { makeStandInHub, type StandInHub } from "../test-kit/stand-in-hub.ts";
import { createUrlState } from "../url-state.ts";
import { AnalyticsModel } from "./analytics.ts";

const NOW = Date.parse("2026-11-22T12:00:30Z");
const SERIES = "/api/stats/series";

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

const seriesOf = (
  messages: number,
  from = "2026-11-22T11:00:00.000Z",
  to = "2026-11-22T12:01:00.000Z",
): StatsSeries => {
  const none = { count: 0, p50Ms: null, p95Ms: null };
  const types = { task: messages, question: 0, result: 0, ack: 0, ping: 0 };
  const point = { at: from, messages, types, queueDepth: 0, delivery: none, answers: none };
  return { from, to, stepMs: 60_000, points: [point], topics: [], instances: [] };
};

function open(href: string) {
  const hub = makeStandInHub();
  const bar = makeAddressBar(href);
  const analytics = new AnalyticsModel(hub, createUrlState(bar));
  return { hub, bar, analytics };
}

async function answer(hub: StandInHub, series: StatsSeries) {
  hub.take(SERIES).answer(series);
  hub.take("/api/stats").answer({});
  await vi.advanceTimersByTimeAsync(0);
}

const joined = { event: "instance:joined", timestamp: "2026-11-22T12:00:00.000Z", instanceId: "a@b:c/d" } as const;
const created = { event: "topic:created", timestamp: joined.timestamp, name: "t", createdBy: "a@b:c/d" } as const;

it("asks for the span and the filters of the URL, in points that suit it", () => {
  const { hub } = open("/analytics?span=1h&type=task&topic=shop%2Fapi");
  const { query } = hub.take(SERIES);
  expect(query).toMatchObject({ from: "2026-11-22T11:00:30.000Z", to: "2026-11-22T12:00:30.000Z", buckets: 61 });
  expect(query).toMatchObject({ type: "task", topic: "shop/api", instance: "" });
});

it("links to the messages that were counted, until others are", async () => {
  const { hub, analytics } = open("/analytics?span=1h&instance=a%40b%3Ac%2Fd");
  await answer(hub, seriesOf(7));
  expect(analytics.total.value).toBe(7);
  expect(analytics.messagesHref.value()).toBe("/?q=after%3A2026-11-22T11%3A00%3A30Z&instance=a%40b%3Ac%2Fd");
  analytics.chooseSpan({
    kind: "range",
    fromAt: Date.parse("2026-11-22T11:10Z"),
    toAt: Date.parse("2026-11-22T11:20Z"),
  });
  expect(analytics.messagesHref.value()).toContain("after%3A2026-11-22T11%3A00%3A30Z");
  await answer(hub, seriesOf(2, "2026-11-22T11:10:00.000Z", "2026-11-22T11:20:00.000Z"));
  expect(analytics.total.value).toBe(2);
  expect(new URLSearchParams(analytics.messagesHref.value(["from:x"]).slice(2)).get("q")).toBe(
    "from:x after:2026-11-22T11:10Z before:2026-11-22T11:20Z",
  );
});

it("drops the answer to a span that is not asked for any more", async () => {
  const { hub, bar, analytics } = open("/analytics?span=1h");
  analytics.chooseSpan({ kind: "last", name: "7d" });
  expect(bar.steps.at(-1)).toBe("/analytics?span=7d");
  await answer(hub, seriesOf(1));
  expect(analytics.series.value).toBeNull();
  await answer(hub, seriesOf(2));
  expect(analytics.total.value).toBe(2);
});

it("reads again after what counts, once for a burst, and not for the rest", async () => {
  const { hub } = open("/analytics");
  await answer(hub, seriesOf(1));
  hub.tell(created);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(hub.requests).toEqual([]);
  hub.tell(joined);
  hub.tell(joined);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(hub.requests.map(({ path }) => path)).toEqual([SERIES, "/api/stats"]);
});

it("keeps what it has when the hub fails, says why, and reads again when told", async () => {
  const { hub, analytics } = open("/analytics");
  await answer(hub, seriesOf(3));
  analytics.refresh();
  hub.take(SERIES).refuse(new RestProblem(0, "unreachable", "The hub does not answer."));
  await vi.advanceTimersByTimeAsync(0);
  expect(analytics.loading.value).toEqual({ kind: "failed", error: "The hub does not answer." });
  expect(analytics.total.value).toBe(3);
});
