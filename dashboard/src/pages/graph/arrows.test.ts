import { expect, it } from "vitest";
import { Arrows } from "./arrows.ts";
import { GraphLayout } from "./layout.ts";

const edge = (from: string, to: string, isMutual: boolean) => ({
  key: `${from} ${to}`,
  from,
  to,
  messages: 5,
  isMutual,
});

function layoutOf(places: Record<string, [x: number, y: number]>): GraphLayout {
  const layout = new GraphLayout();
  const pins = new Map(Object.entries(places).map(([id, [x, y]]) => [id, { x, y }]));
  layout.update(
    [...pins.keys()].map((id) => ({ id, radius: 10 })),
    [],
    pins,
  );
  return layout;
}

it("finds the arrow under a point, each direction of a pair on its own side, and none beside them", () => {
  const layout = layoutOf({ a: [0, 0], b: [200, 0], c: [0, 200] });
  const arrows = new Arrows({ edges: [edge("a", "b", true), edge("b", "a", true), edge("a", "c", false)] });
  expect(arrows.at({ x: 100, y: -16 }, 4, layout)?.key).toBe("a b");
  expect(arrows.at({ x: 100, y: 16 }, 4, layout)?.key).toBe("b a");
  expect(arrows.at({ x: 2, y: 100 }, 4, layout)?.key).toBe("a c");
  expect(arrows.at({ x: 100, y: 100 }, 4, layout)).toBeUndefined();
});

it("passes over an arrow whose end is not there", () => {
  const arrows = new Arrows({ edges: [edge("a", "gone", false)] });
  expect(arrows.at({ x: 50, y: 0 }, 1_000, layoutOf({ a: [0, 0] }))).toBeUndefined();
});
