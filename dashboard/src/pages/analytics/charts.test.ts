import { expect, it } from "vitest";
import type { SeriesPoint } from "../../../../shared/history.ts";
import { CHARTS, type ChartSpec, columnsOf, drawnLines, peakOf, rowsOf } from "./charts.ts";
import { boundsOf, moveChoice, pointsBetween } from "./choose-range.ts";
import { formatMs, formatValue } from "./format.ts";

const NONE = { count: 0, p50Ms: null, p95Ms: null };
const point = (minute: number, fields: Partial<SeriesPoint>): SeriesPoint => ({
  at: new Date(minute * 60_000).toISOString(),
  messages: 0,
  types: { task: 0, result: 0, question: 0, ack: 0, ping: 0 },
  queueDepth: null,
  delivery: NONE,
  answers: NONE,
  ...fields,
});
const chart = (id: ChartSpec["id"]) => CHARTS.find((spec) => spec.id === id) as ChartSpec;
const POINTS = [
  point(0, { messages: 6, types: { task: 1, result: 2, question: 3, ack: 0, ping: 0 }, queueDepth: 4 }),
  point(1, {}),
  point(2, { messages: 1, types: { task: 1, result: 0, question: 0, ack: 0, ping: 0 }, queueDepth: 0 }),
];

it("stacks the types: the whole first and behind, each line on top of those before it", () => {
  const [times, ...columns] = columnsOf(chart("activity"), POINTS);
  expect(times).toEqual([0, 60_000, 120_000]);
  const named = Object.fromEntries(drawnLines(chart("activity")).map(({ label }, i) => [label, columns[i]]));
  expect(named).toMatchObject({ task: [1, 0, 1], question: [4, 0, 1], result: [6, 0, 1], ping: [6, 0, 1] });
  expect(columns[0]).toEqual([6, 0, 1]);
});

it("keeps what is not known apart from nothing", () => {
  expect(columnsOf(chart("queue"), POINTS)[1]).toEqual([4, null, 0]);
  expect(formatValue(null, "count")).toBe("–");
  expect(formatValue(0, "count")).toBe("0");
});

it("has a row for each point with something in it, and knows the peak", () => {
  expect(rowsOf(chart("activity"), POINTS).map(({ at }) => at)).toEqual([0, 120_000]);
  expect(peakOf(chart("activity"), POINTS)).toEqual({ at: 0, value: 6 });
  expect(peakOf(chart("delivery"), POINTS)).toBeUndefined();
});

it("writes durations with two digits that count, in the unit that fits", () => {
  const texts = [0.84, 9.96, 42.4, 999.6, 1_240, 59_400, 59_600, 210_000, 7_200_000, 1.5 * 86_400_000].map(formatMs);
  expect(texts).toEqual(["0.8 ms", "10 ms", "42 ms", "1 s", "1.2 s", "59 s", "1 min", "3.5 min", "2 h", "1.5 d"]);
});

it("chooses by keyboard: the last point first, one by one, and a stretch with Shift", () => {
  const first = moveChoice(undefined, "ArrowLeft", false, 60);
  expect(first).toEqual({ cursor: 59, anchor: 59 });
  const two = moveChoice(first, "ArrowLeft", true, 60);
  expect(two && boundsOf(two)).toEqual([58, 59]);
  expect(moveChoice(two, "ArrowRight", false, 60)).toEqual({ cursor: 59, anchor: 59 });
  expect(moveChoice(two, "Home", true, 60)).toEqual({ cursor: 0, anchor: 59 });
  expect(moveChoice(first, "End", false, 60)).toEqual({ cursor: 59, anchor: 59 });
  expect(moveChoice(undefined, "Home", false, 60)).toEqual({ cursor: 0, anchor: 0 });
  expect(moveChoice(first, "x", false, 60)).toBeUndefined();
  expect(moveChoice(undefined, "ArrowLeft", false, 0)).toBeUndefined();
});

it("takes the whole points that a drag touched, and none for a click", () => {
  expect(pointsBetween(61_000, 119_000, 0, 60_000, 10)).toEqual([1, 1]);
  expect(pointsBetween(30_000, 120_001, 0, 60_000, 10)).toEqual([0, 2]);
  expect(pointsBetween(-5_000, 9_999_999, 0, 60_000, 10)).toEqual([0, 9]);
  expect(pointsBetween(61_000, 61_000, 0, 60_000, 10)).toBeUndefined();
});
