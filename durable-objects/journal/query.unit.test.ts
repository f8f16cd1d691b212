import { describe, expect, it } from "vitest";
import { parseQuery } from "./query.ts";

const NOW = Date.parse("2026-11-22T14:30:00.000Z");

/** When a term says, as ISO 8601. */
function momentOf(query: string): string | undefined {
  const [term] = (parseQuery(query, NOW) as { value: { at: number }[] }).value;
  return term && new Date(term.at).toISOString();
}

describe("times of a query", () => {
  it.each([
    ["after:2h", "2026-11-22T12:30:00.000Z"],
    ["after:30m", "2026-11-22T14:00:00.000Z"],
    ["before:3D", "2026-11-19T14:30:00.000Z"],
    ["after:1w", "2026-11-15T14:30:00.000Z"],
    ["after:today", "2026-11-22T00:00:00.000Z"],
    ["-before:Yesterday", "2026-11-21T00:00:00.000Z"],
    ["after:2026-11-22", "2026-11-22T00:00:00.000Z"],
    ["after:2026-11-22T10:00+02:00", "2026-11-22T08:00:00.000Z"],
  ])("%s is %s", (query, moment) => {
    expect(momentOf(query)).toBe(moment);
  });
});
