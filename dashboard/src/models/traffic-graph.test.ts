import { expect, it } from "vitest";
import type { InstanceInfo } from "../../../shared/message.ts";
import { buildGraph, groupsOf, withEnds } from "./traffic-graph.ts";

const NOW = "2026-11-22T12:00:00.000Z";
const instance = (instanceId: string, status: "online" | "offline", topics: string[] = []): InstanceInfo => ({
  instanceId,
  project: "web",
  status,
  connectedAt: NOW,
  lastSeenAt: NOW,
  queueDepth: 0,
  topics,
});
const ALICE = "alice@laptop:web/aaaa1111";
const BOB = "bob@server:api/bbbb2222";
const idle = (instances: InstanceInfo[]) => buildGraph(instances, []).nodes.map(({ id }) => id);

it("has everyone who is online and everyone with traffic, and no one else", () => {
  const { nodes } = buildGraph(
    [instance(ALICE, "online"), instance(BOB, "offline")],
    [{ from: "carol@gone:web/c", to: ALICE, messages: 3 }],
  );
  expect(nodes.map(({ id, isOnline, sent, received }) => [id, isOnline, sent, received])).toEqual([
    [ALICE, true, 0, 3],
    ["carol@gone:web/c", false, 3, 0],
  ]);
});

it("shows the topics that someone there is in, and who is in them", () => {
  expect(idle([instance(ALICE, "online", ["web"]), instance(BOB, "offline", ["api"])])).toEqual([ALICE, "topic:web"]);
  const { memberships } = buildGraph([instance(ALICE, "online", ["web"]), instance(BOB, "offline", ["api"])], []);
  expect(memberships).toEqual([{ instanceId: ALICE, topicId: "topic:web" }]);
});

it("knows both directions of a pair, and draws nobody's arrow to itself", () => {
  const { edges } = buildGraph(
    [],
    [
      { from: ALICE, to: BOB, messages: 100 },
      { from: BOB, to: ALICE, messages: 1 },
      { from: ALICE, to: "broadcast", messages: 2 },
      { from: ALICE, to: ALICE, messages: 1 },
    ],
  );
  expect(edges.map(({ to, isMutual }) => [to, isMutual])).toEqual([
    [BOB, true],
    [ALICE, true],
    ["broadcast", false],
  ]);
});

it("names each in short, sessions only where two share a name", () => {
  const labels = (ids: string[]) =>
    buildGraph(
      ids.map((id) => instance(id, "online")),
      [],
    ).nodes.map(({ label }) => label);
  expect(labels([ALICE, BOB])).toEqual(["alice@laptop:web", "bob@server:api"]);
  expect(labels([ALICE, "alice@laptop:web/cccc3333"])).toEqual(["alice@laptop:web/…1111", "alice@laptop:web/…3333"]);
  expect(labels([`alice@${"h".repeat(60)}:web/aaaa1111`])).toEqual([`alice@${"h".repeat(14)}…${"h".repeat(15)}:web`]);
  const { nodes } = buildGraph([], [{ from: "dashboard", to: "topic:shop/api", messages: 1 }]);
  expect(nodes.map(({ label, kind }) => [label, kind])).toEqual([
    ["dashboard (REST)", "rest"],
    ["#shop/api", "topic"],
  ]);
});

it("leaves out tabs that only look on, and shows those that write", () => {
  const tab = "dashboard@localhost:dashboard/0192";
  expect(idle([instance(tab, "online", ["dashboard"])])).toEqual([]);
  const { nodes } = buildGraph([instance(tab, "online")], [{ from: tab, to: ALICE, messages: 1 }]);
  expect(nodes.map(({ id }) => id)).toEqual([ALICE, tab]);
});

it("groups instances by project, with the topic of that, or by role; who has none is in no group", () => {
  const graph = buildGraph([{ ...instance(ALICE, "online", ["web"]), role: "coder" }, instance(BOB, "online")], []);
  expect([...groupsOf(graph, "project")]).toEqual([
    [ALICE, "web"],
    [BOB, "api"],
    ["topic:web", "web"],
  ]);
  expect([...groupsOf(graph, "role")]).toEqual([[ALICE, "coder"]]);
  expect(groupsOf(graph, "").size).toBe(0);
});

it("takes in who waits or owes and did not write, and is the same where nobody is missing", () => {
  const instances = [instance(ALICE, "online"), instance(BOB, "offline")];
  const graph = buildGraph(instances, []);
  expect(withEnds(graph, [ALICE, "any:reviewer"], instances)).toBe(graph);
  expect(withEnds(graph, [BOB, ALICE], instances).nodes.map(({ id, isOnline }) => [id, isOnline])).toEqual([
    [ALICE, true],
    [BOB, false],
  ]);
});
