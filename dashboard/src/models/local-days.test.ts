import { expect, it } from "vitest";
import { withLocalDays } from "./local-days.ts";

/** Of a day that has 25 hours in Berlin. */
const NOW = Date.parse("2026-10-26T10:00:00Z");

it("begins a day at the midnight of whoever reads it", () => {
  const before = process.env.TZ;
  process.env.TZ = "Europe/Berlin";
  try {
    expect(withLocalDays("from:ana after:today", NOW)).toBe("from:ana after:2026-10-25T23:00:00.000Z");
    expect(withLocalDays("-before:Yesterday x", NOW)).toBe("-before:2026-10-24T22:00:00.000Z x");
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});

it("leaves all else as it is", () => {
  for (const query of ["today", '"after: today"', "after:2h", "hereafter:today", "after:todays"]) {
    expect(withLocalDays(query, NOW)).toBe(query);
  }
});
