import { expect, it } from "vitest";
import { type Circle, type Curve, distanceTo, pointOn, traceArrow, widthOf } from "./geometry.ts";

const LEFT: Circle = { x: 0, y: 0, radius: 10 };
const RIGHT: Circle = { x: 100, y: 0, radius: 20 };
const curveOf = (from: Circle, to: Circle, isBent: boolean): Curve =>
  traceArrow(from, to, isBent, 6, { x0: 0, y0: 0, cx: 0, cy: 0, x1: 0, y1: 0 });

it("leaves one rim and ends a head's length before the other", () => {
  const { x0, y0, x1, y1 } = curveOf(LEFT, RIGHT, false);
  expect([x0, y0]).toEqual([12, 0]);
  expect([x1, y1]).toEqual([72, 0]);
});

it("keeps the two directions of a pair apart, and a single one straight", () => {
  const there = pointOn(curveOf(LEFT, RIGHT, true), 0.5);
  const back = pointOn(curveOf(RIGHT, LEFT, true), 0.5);
  expect(there.y).toBeLessThan(-5);
  expect(back.y).toBeGreaterThan(5);
  expect(pointOn(curveOf(LEFT, RIGHT, false), 0.5).y).toBe(0);
});

it("measures the distance to the curve, not to the straight line between the ends", () => {
  const curve = curveOf(LEFT, RIGHT, true);
  const middle = pointOn(curve, 0.5);
  expect(distanceTo(curve, middle.x, middle.y)).toBeLessThan(0.5);
  expect(distanceTo(curve, 50, 0)).toBeGreaterThan(5);
  expect(distanceTo(curve, 72 + 30, 0)).toBeGreaterThan(29);
});

it("survives two nodes at one point", () => {
  const { x0, y0, x1, y1 } = curveOf(LEFT, { ...LEFT }, true);
  expect([x0, y0, x1, y1].every(Number.isFinite)).toBe(true);
});

it("draws ten times the traffic as a step, not as ten times the width", () => {
  const widths = [1, 10, 100, 1_000, 10_000, 1e9].map(widthOf);
  expect(widths).toEqual([...widths].sort((a, b) => a - b));
  expect(widths[1]).toBeGreaterThan(widths[0] ?? 0);
  expect(Math.max(...widths)).toBe(8);
});
