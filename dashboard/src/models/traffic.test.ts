import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Message } from "../../../shared/message.ts";
import { makeAddressBar } from "../test-kit/stand-in-address-bar.ts";
import { makeStandInHub } from "../test-kit/stand-in-hub.ts";
import { createUrlState } from "../url-state.ts";
import { InstancesModel } from "./instances.ts";
import { TrafficModel } from "./traffic.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const TIME = "2026-11-22T12:00:00.000Z";
/** By then tables and drawing have followed. */
const REBUILT_MS = 200;
const [ANA, BEN] = ["ana@desk:web/a", "ben@desk:api/b"];

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

async function open(href: string, edges: { from: string; to: string; messages: number }[]) {
  const hub = makeStandInHub();
  const bar = makeAddressBar(href);
  const traffic = new TrafficModel(hub, createUrlState(bar), new InstancesModel(hub));
  const { query, answer } = hub.take("/api/traffic");
  answer({ ...query, edges, truncated: false });
  await vi.advanceTimersByTimeAsync(REBUILT_MS);
  return { hub, bar, traffic, query };
}

const message = (to: string): Message => ({
  messageId: "0192f3a1-0000-7000-8000-000000000001",
  from: ANA,
  to,
  type: "task",
  content: "x",
  timestamp: TIME,
});
const sent = (to: string) => ({ event: "message:sent", timestamp: TIME, message: message(to) }) as const;

it("asks for the window of the URL, an hour without one", async () => {
  expect((await open("/graph", [])).query).toEqual({ from: "2026-11-22T11:00:00.000Z", to: TIME });
  expect((await open("/graph?span=15m", [])).query).toMatchObject({ from: "2026-11-22T11:45:00.200Z" });
  expect((await open("/graph?span=90m", [])).query).toMatchObject({ from: "2026-11-22T10:30:00.400Z" });
});

it("counts each message as it comes, new arrows too, and tells of it at once", async () => {
  const { hub, traffic } = await open("/graph", [{ from: ANA, to: BEN, messages: 3 }]);
  hub.tell(sent(BEN), {
    event: "topic:message",
    timestamp: TIME,
    name: "shop/api",
    message: message("topic:shop/api"),
    persistent: true,
    delivered: 1,
    queued: 0,
  });
  expect(traffic.arrivals.value).toEqual([
    { from: ANA, to: BEN, type: "task" },
    { from: ANA, to: "topic:shop/api", type: "task" },
  ]);
  await vi.advanceTimersByTimeAsync(REBUILT_MS);
  expect(traffic.graph.value.edges.map(({ to, messages }) => [to, messages])).toEqual([
    [BEN, 4],
    ["topic:shop/api", 1],
  ]);
});

it("does not count what comes now in a window that is over", async () => {
  const { hub, traffic } = await open("/graph?span=2026-11-01T10:00Z..2026-11-01T11:00Z", []);
  hub.tell(sent(BEN));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(traffic.graph.value.edges).toEqual([]);
  expect(hub.requests).toEqual([]);
});

it("takes the hub's own count after a while, and only that", async () => {
  const { hub, traffic } = await open("/graph", [{ from: ANA, to: BEN, messages: 3 }]);
  hub.tell(sent(BEN));
  await vi.advanceTimersByTimeAsync(6_000);
  hub
    .take("/api/traffic")
    .answer({ from: TIME, to: TIME, edges: [{ from: ANA, to: BEN, messages: 9 }], truncated: true });
  await vi.advanceTimersByTimeAsync(REBUILT_MS);
  expect(traffic.graph.value.edges.map(({ messages }) => messages)).toEqual([9]);
  expect(traffic.isTruncated.value).toBe(true);
});

it("keeps what is chosen in the URL, as steps back, and links to its messages", async () => {
  const { bar, traffic } = await open("/graph?span=15m", []);
  traffic.select(ANA);
  traffic.select(ANA, BEN);
  expect([traffic.node.value, traffic.edgeTo.value]).toEqual([ANA, BEN]);
  bar.back();
  expect([traffic.node.value, traffic.edgeTo.value]).toEqual([ANA, ""]);
  const query = (href: string) => new URLSearchParams(href.slice(2)).get("q");
  const { value: hrefOf } = traffic.messagesHref;
  expect(query(hrefOf({ from: ANA, to: BEN }))).toMatch(`from:${ANA} to:${BEN} after:2026-11-22T11:45`);
  expect(query(hrefOf({ to: "topic:shop/api" }))).toMatch("to:topic:shop/api after:");
});
