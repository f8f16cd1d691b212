import { expect, it } from "vitest";
import { GraphLayout } from "./layout.ts";
import { type Tie, tiesOf } from "./ties.ts";

const nodes = (...ids: string[]) => ids.map((id) => ({ id, radius: 10 }));
const tie = (source: string, target: string): Tie => ({ source, target, isLoose: false });
const NO_PINS = new Map();

function settle(layout: GraphLayout): number {
  let steps = 0;
  while (layout.step()) steps++;
  return steps;
}

it("settles, and keeps tied nodes nearer than others and none on top of another", () => {
  const layout = new GraphLayout();
  layout.update(nodes("a", "b", "c", "d"), [tie("a", "b"), tie("c", "d")], NO_PINS);
  expect(settle(layout)).toBeLessThan(400);
  const distance = (one: string, other: string) => {
    const [p, q] = [layout.node(one), layout.node(other)];
    return Math.hypot((p?.x ?? 0) - (q?.x ?? 0), (p?.y ?? 0) - (q?.y ?? 0));
  };
  expect(distance("a", "b")).toBeLessThan(distance("a", "c"));
  expect(distance("a", "b")).toBeGreaterThan(20);
  expect(distance("c", "d")).toBeGreaterThan(20);
});

it("sleeps on when only sizes change, and wakes for a new node, which begins beside its neighbour", () => {
  const layout = new GraphLayout();
  layout.update(nodes("a", "b"), [tie("a", "b")], NO_PINS);
  settle(layout);
  layout.update([{ id: "a", radius: 14 }, ...nodes("b")], [tie("a", "b")], NO_PINS);
  expect(layout.step()).toBe(false);
  expect(layout.node("a")?.radius).toBe(14);
  layout.update(nodes("a", "b", "c"), [tie("a", "b"), tie("b", "c")], NO_PINS);
  const [b, c] = [layout.node("b"), layout.node("c")];
  expect(Math.hypot((b?.x ?? 0) - (c?.x ?? 0), (b?.y ?? 0) - (c?.y ?? 0))).toBeLessThan(70);
  expect(layout.step()).toBe(true);
});

it("keeps a pinned node where it is, and lets it go again", () => {
  const layout = new GraphLayout();
  const graph = [nodes("a", "b"), [tie("a", "b")]] as const;
  layout.update(...graph, new Map([["a", { x: 500, y: -200 }]]));
  settle(layout);
  expect(layout.node("a")).toMatchObject({ x: 500, y: -200 });
  layout.update(...graph, NO_PINS);
  layout.stir();
  settle(layout);
  expect(layout.node("a")?.x).toBeLessThan(500);
});

it("finds the node under a point, with slack, and nothing beside it", () => {
  const layout = new GraphLayout();
  layout.update(
    nodes("a", "b"),
    [],
    new Map([
      ["a", { x: 0, y: 0 }],
      ["b", { x: 100, y: 0 }],
    ]),
  );
  expect(layout.nodeAt({ x: 9, y: 0 }, 0)?.id).toBe("a");
  expect(layout.nodeAt({ x: 95, y: 5 }, 0)?.id).toBe("b");
  expect(layout.nodeAt({ x: 13, y: 0 }, 0)).toBeUndefined();
  expect(layout.nodeAt({ x: 13, y: 0 }, 4)?.id).toBe("a");
  layout.hold("a", { x: 0, y: 300 });
  expect(layout.nodeAt({ x: 0, y: 300 }, 0)?.id).toBe("a");
  expect(layout.bounds()).toEqual({ left: -10, right: 110, top: -10, bottom: 310 });
});

it("holds groups together and apart, whoever wrote to whom, and lets them go again", () => {
  const ids = Array.from({ length: 30 }, (_, n) => `n${n}`);
  const nodes = ids.map((id) => ({ id, radius: 8 }));
  const groups = new Map(ids.map((id, n) => [id, `group ${n % 3}`]));
  const ties = ids.map((id, n) => ({ source: id, target: `n${(n + 1) % 30}`, isLoose: false }));
  const layout = new GraphLayout();
  layout.update(nodes, ties, new Map(), groups);
  while (layout.step());
  const clusters = layout.clusters();
  expect(clusters.map(({ name, count }) => [name, count]).sort()).toEqual([
    ["group 0", 10],
    ["group 1", 10],
    ["group 2", 10],
  ]);
  for (const [at, one] of clusters.entries()) {
    for (const other of clusters.slice(at + 1)) {
      expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThan(one.radius + other.radius - 28);
    }
  }
  layout.update(nodes, ties, new Map());
  expect([layout.isSettled, layout.clusters()]).toEqual([false, []]);
});

it("forgets what is gone", () => {
  const layout = new GraphLayout();
  layout.update(nodes("a", "b"), [tie("a", "b")], NO_PINS);
  layout.update(nodes("b"), [], NO_PINS);
  expect(layout.node("a")).toBeUndefined();
  expect(layout.nodes.map(({ id }) => id)).toEqual(["b"]);
  layout.update([], [], NO_PINS);
  expect(layout.bounds()).toBeUndefined();
});

it("ties a pair once, however many directions and memberships it has, and loosely where it only shares a topic", () => {
  const edge = (from: string, to: string) => ({ key: `${from} ${to}`, from, to, messages: 1, isMutual: false });
  const edges = [edge("b", "a"), edge("a", "b"), edge("a", "topic:t")];
  const memberships = [
    { instanceId: "a", topicId: "topic:t" },
    { instanceId: "b", topicId: "topic:t" },
  ];
  expect(tiesOf({ edges, memberships })).toEqual([
    { source: "a", target: "b", isLoose: false },
    { source: "a", target: "topic:t", isLoose: false },
    { source: "b", target: "topic:t", isLoose: true },
  ]);
});
