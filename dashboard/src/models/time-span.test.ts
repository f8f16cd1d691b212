import { expect, it } from "vitest";
import { formatSpan, parseSpan, queryOf, resolveSpan } from "./time-span.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");

it("reads what it writes, whole minutes, seconds and less", () => {
  for (const text of [
    "1h",
    "30d",
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
    "2d",
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
