import { expect, it } from "vitest";
import {
  describeEnded,
  describeSpan,
  endsNow,
  formatSpan,
  parseSpan,
  queryOf,
  readSpan,
  resolveSpan,
  termsOf,
} from "./time-span.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");

it("reads what it writes, whole minutes, seconds and less", () => {
  for (const text of [
    "1h",
    "30d",
    "90m",
    "3d",
    "2w",
    "today",
    "yesterday",
    "2026-11-22T10:00Z..2026-11-22T10:05Z",
    "2026-11-22T10:00:07Z..2026-11-22T10:00:08.250Z",
  ]) {
    expect(formatSpan(parseSpan(text, "24h"))).toBe(text);
  }
});

it("takes the default for what is no span, backward or empty", () => {
  for (const text of [
    null,
    "",
    "0h",
    "2 hours",
    "40d",
    "toString",
    "..",
    "2026-11-22..",
    "2026-11-22..2026-11-22",
    "2026-11-22..2026-11-21",
  ]) {
    expect(parseSpan(text, "24h")).toEqual({ kind: "last", name: "24h" });
  }
});

it("asks for 31 days at most, the latest ones", () => {
  const { fromAt, toAt } = resolveSpan(parseSpan("2026-01-01..2026-11-01", "1h"), NOW);
  expect(new Date(fromAt).toISOString()).toBe("2026-10-01T00:00:00.000Z");
  expect(new Date(toAt).toISOString()).toBe("2026-11-01T00:00:00.000Z");
});

it("counts back from now", () => {
  expect(resolveSpan(parseSpan("1h", "24h"), NOW)).toEqual({ fromAt: NOW - 3_600_000, toAt: NOW });
});

it("asks the Command Center for the same messages, open at the end while the span ends now", () => {
  expect(queryOf(parseSpan("1h", "24h"), NOW, ["type:task"])).toBe("type:task after:2026-11-22T11:00Z");
  const range = parseSpan("2026-11-22T10:00Z..2026-11-22T10:05Z", "24h");
  expect(queryOf(range, NOW)).toBe("after:2026-11-22T10:00Z before:2026-11-22T10:05Z");
});

it("counts days as the calendar here does", () => {
  const midnight = new Date(NOW).setHours(0, 0, 0, 0);
  const before = new Date(midnight);
  before.setDate(before.getDate() - 1);
  expect(resolveSpan({ kind: "day", name: "today" }, NOW)).toEqual({ fromAt: midnight, toAt: NOW });
  expect(resolveSpan({ kind: "day", name: "yesterday" }, NOW)).toEqual({ fromAt: before.getTime(), toAt: midnight });
  // A span without a length could not be asked for.
  expect(resolveSpan({ kind: "day", name: "today" }, midnight)).toEqual({ fromAt: midnight - 1, toAt: midnight });
});

it("takes what people type, and knows what is over", () => {
  expect(readSpan(" Today ")).toEqual({ kind: "day", name: "today" });
  expect(readSpan("90M")).toEqual({ kind: "last", name: "90m" });
  expect(readSpan("soon")).toBeUndefined();
  const ends = (text: string) => endsNow(parseSpan(text, "1h"));
  expect(["2h", "today", "yesterday", "2026-11-22T10:00Z..2026-11-22T10:05Z"].map(ends)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it("speaks of spans as people do", () => {
  expect(["1h", "90m", "1d", "2w", "today", "yesterday"].map((text) => describeSpan(parseSpan(text, "24h")))).toEqual([
    "Last hour",
    "Last 90 minutes",
    "Last day",
    "Last 2 weeks",
    "Today",
    "Yesterday",
  ]);
});

it("says what ended within one", () => {
  expect(["today", "7d", "1d"].map((text) => describeEnded(parseSpan(text, "today")))).toEqual([
    "ended today",
    "ended in the last 7 days",
    "ended in the last day",
  ]);
  expect(describeEnded(parseSpan("2026-11-22T10:00..2026-11-22T10:30", "today"))).toMatch(/^ended Nov 22/);
});

it("has the search's own words for a span, which go on meaning it", () => {
  const terms = (text: string) => termsOf(parseSpan(text, "24h"));
  expect(["2h", "today", "yesterday"].map(terms)).toEqual(["after:2h", "after:today", "after:yesterday before:today"]);
  expect(terms("2026-11-22T10:00Z..2026-11-22T10:05Z")).toBe("after:2026-11-22T10:00Z before:2026-11-22T10:05Z");
});
