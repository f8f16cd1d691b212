import { expect, it } from "vitest";
import { edgeKey, type Graph } from "../../models/traffic-graph.ts";
import { chooseFocus } from "./focus.ts";

const edge = (from: string, to: string) => ({ key: edgeKey(from, to), from, to, messages: 1 });
const graph = {
  nodes: [],
  edges: [edge("ana", "ben"), edge("ben", "cy")],
  memberships: [{ instanceId: "ana", topicId: "topic:web" }],
} as unknown as Graph;
const wait = { key: "cy ana", from: "cy", to: "ana", age: 0, isInRing: false, count: 1 } as const;
const nothing = { hovered: null, found: undefined, selected: undefined };
const lit = (...[waits, attention]: [Parameters<typeof chooseFocus>[1], Partial<typeof nothing> | object]) =>
  [...(chooseFocus(graph, waits, { ...nothing, ...attention })?.nodes ?? [])].sort();

it("lights nothing in particular until somebody looks at something", () => {
  expect(chooseFocus(graph, [wait], nothing)).toBeUndefined();
});

it("lights a chosen node with its neighbours, topics, and those who wait for it; or an arrow's ends", () => {
  expect(lit([], { selected: { node: "ana", to: "" } })).toEqual(["ana", "ben", "topic:web"]);
  expect(lit([wait], { selected: { node: "ana", to: "" } })).toEqual(["ana", "ben", "cy", "topic:web"]);
  expect(lit([wait], { selected: { node: "ana", to: "ben" } })).toEqual(["ana", "ben"]);
});

it("has what is pointed at before what was found, and that before what was chosen", () => {
  const selected = { node: "ana", to: "" };
  const found = new Set(["ben", "cy"]);
  expect(lit([], { selected, found })).toEqual(["ben", "cy"]);
  const hovered = { node: { id: "cy" }, x: 0, y: 0 };
  expect(lit([], { selected, found, hovered })).toEqual(["ben", "cy"]);
  expect(lit([], { selected, hovered: { arrow: { from: "ana", to: "ben" }, x: 0, y: 0 } })).toEqual(["ana", "ben"]);
});
