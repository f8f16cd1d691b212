import { Cron } from "croner";
import { describe, expect, it } from "vitest";
import { fc } from "../test/helpers/property.ts";
import { nextTimes, readTimes, type ScheduleTimes } from "./schedule-times.ts";

const NOW = Date.parse("2026-11-29T10:00:00Z");

function timesOf(expression: string, timeZone = "UTC", anchor = NOW): ScheduleTimes {
  const times = readTimes(expression, timeZone, anchor);
  if (!times.ok) throw new Error(times.error);
  return times.value;
}

const iso = (times: readonly number[]) => times.map((at) => new Date(at).toISOString().slice(0, 16));

function timesAfter(moment: string, expression: string, timeZone = "UTC", count = 3): string[] {
  return iso(nextTimes(timesOf(expression, timeZone), Date.parse(moment), count));
}

function problemOf(expression: string, timeZone = "UTC"): string {
  const times = readTimes(expression, timeZone, NOW);
  return times.ok ? "" : times.error;
}

describe("[SC2] cron of five fields", () => {
  it.each([
    ["*/15 9 * * *", ["2026-11-30T09:00", "2026-11-30T09:15", "2026-11-30T09:30"]],
    ["0 9 * * MON-FRI", ["2026-11-30T09:00", "2026-12-01T09:00", "2026-12-02T09:00"]],
    ["0 0 L * *", ["2026-11-30T00:00", "2026-12-31T00:00", "2027-01-31T00:00"]],
    ["0 0 * * FRI#2", ["2026-12-11T00:00", "2027-01-08T00:00", "2027-02-12T00:00"]],
    ["  0   0  1 JAN * ", ["2027-01-01T00:00", "2028-01-01T00:00", "2029-01-01T00:00"]],
    ["@weekly", ["2026-12-06T00:00", "2026-12-13T00:00", "2026-12-20T00:00"]],
    ["0 0 29 2 *", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]],
  ])("%s", (expression, expected) => {
    expect(timesAfter("2026-11-29T10:00:00Z", expression)).toEqual(expected);
  });

  it("a time comes after the one before it, also where a moment is the very time", () => {
    const times = timesOf("0 10 * * *");
    expect(iso([times.next(NOW - 1), times.next(NOW), times.next(NOW + 1)].flatMap((at) => at ?? []))).toEqual([
      "2026-11-29T10:00",
      "2026-11-30T10:00",
      "2026-11-30T10:00",
    ]);
  });

  it("the last before a moment is the very time, too, and never one before `from`", () => {
    const times = timesOf("0 10 * * *");
    const day = 86_400_000;
    expect(times.last(1, NOW - day, NOW)).toEqual([NOW]);
    expect(times.last(1, NOW - day, NOW + 59_999)).toEqual([NOW]);
    expect(times.last(1, NOW - day, NOW - 1)).toEqual([NOW - day]);
    expect(times.last(3, NOW - day, NOW)).toEqual([NOW - day, NOW]);
    expect(times.last(3, NOW + 1, NOW + day - 1)).toEqual([]);
  });

  it.each([
    ["0 0 0 * * *", /This has 6 fields, and schedules have five/],
    ["0 0 0 1 1 * 2030", /This has 7 fields/],
    ["* * * *", /Write cron with five fields/],
    ["soon", /Write cron with five fields/],
    ["@often", /Write cron with five fields/],
    // What every object has in JavaScript: a table of names must not find it.
    ["constructor", /Write cron with five fields/],
    ["__proto__", /Write cron with five fields/],
    ["valueOf", /Write cron with five fields/],
    ["0 0 * * constructor", /illegal characters/],
    ["61 * * * *", /Invalid value for minute: 61\. The five fields are/],
    ["a b c d e", /illegal characters/],
  ])("refuses %s in words", (expression, words) => {
    expect(problemOf(expression)).toMatch(words);
  });

  it("finds what croner finds by itself, over changes of the clock too", () => {
    const field = (max: number) => {
      const value = fc.integer({ min: 0, max });
      const range = fc.tuple(value, value).map((pair) => pair.toSorted((a, b) => a - b).join("-"));
      const list = fc.uniqueArray(value, { minLength: 1, maxLength: 4 }).map((values) => values.join(","));
      return fc.oneof(
        fc.constant("*"),
        value.map(String),
        range,
        list,
        fc.integer({ min: 2, max: 9 }).map((n) => `*/${n}`),
      );
    };
    const zone = fc.constantFrom("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll");
    const changes = ["2027-03-14", "2027-03-28", "2027-04-03", "2027-10-02", "2027-10-31", "2027-11-07"];
    const start = fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -3, max: 30 }))
      .map(([day, hours]) => Date.parse(`${day}T00:00:00Z`) + hours * 3_600_000);
    fc.assert(
      fc.property(
        field(59),
        field(5),
        fc.constantFrom("*", "*/2", "L"),
        zone,
        start,
        (minute, hour, day, timezone, from) => {
          const fields = `${minute} ${hour} ${day} * *`;
          const plain = new Cron(fields, { mode: "5-part", timezone }).nextRun(new Date(from))?.getTime();
          expect(timesOf(fields, timezone).next(from), `${fields} in ${timezone}`).toBe(plain);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "* 2 8-14 3 +7#2", "* * 29 2 +1"])(
    "looks some years ahead for %s and no further: nobody can hold up the hub by it",
    (expression) => {
      const times = timesOf(expression, "America/New_York");
      const startedAt = performance.now();
      expect(times.next(NOW)).toBeNull();
      // Without the bound the third of them takes a second and more.
      expect(performance.now() - startedAt).toBeLessThan(100);
    },
  );
});

describe("[SC2] daylight saving", () => {
  it("a time that does not exist comes when the clock has jumped, one within steps is left out", () => {
    expect(timesAfter("2027-03-26T12:00:00Z", "30 2 * * *", "Europe/Berlin")).toEqual([
      "2027-03-27T01:30",
      "2027-03-28T01:00",
      "2027-03-29T00:30",
    ]);
    expect(timesAfter("2027-03-27T23:00:00Z", "*/30 1-3 * * *", "Europe/Berlin", 4)).toEqual([
      "2027-03-28T00:00",
      "2027-03-28T00:30",
      "2027-03-28T01:00",
      "2027-03-28T01:30",
    ]);
    expect(timesAfter("2027-03-13T12:00:00Z", "30 2 * * *", "America/New_York")).toEqual([
      "2027-03-14T07:00",
      "2027-03-15T06:30",
      "2027-03-16T06:30",
    ]);
  });

  it("a time that is there twice comes once, the first of the two; one within steps comes twice", () => {
    expect(timesAfter("2027-10-30T12:00:00Z", "30 2 * * *", "Europe/Berlin", 2)).toEqual([
      "2027-10-31T00:30",
      "2027-11-01T01:30",
    ]);
    expect(timesAfter("2027-10-30T12:00:00Z", "*/30 2 * * *", "Europe/Berlin", 5)).toEqual([
      "2027-10-31T00:00",
      "2027-10-31T00:30",
      "2027-10-31T01:00",
      "2027-10-31T01:30",
      "2027-11-01T01:00",
    ]);
    expect(timesAfter("2027-11-06T12:00:00Z", "30 1 * * *", "America/New_York", 2)).toEqual([
      "2027-11-07T05:30",
      "2027-11-08T06:30",
    ]);
  });

  it("looking back finds the same times as looking ahead, over both changes of a year", () => {
    for (const expression of ["30 2 * * *", "*/30 1-3 * * *", "0 9 * * 1-5"]) {
      for (const zone of ["Europe/Berlin", "America/New_York"]) {
        const times = timesOf(expression, zone);
        for (const day of ["2027-03-14", "2027-03-28", "2027-10-31", "2027-11-07"]) {
          const from = Date.parse(`${day}T00:00:00Z`) - 86_400_000;
          const until = from + 3 * 86_400_000;
          const ahead = nextTimes(times, from - 1, 200).filter((at) => at <= until);
          expect(iso(times.last(200, from, until)), `${expression} in ${zone} at ${day}`).toEqual(iso(ahead));
        }
      }
    }
  });
});

describe("[SC2] every", () => {
  it("is counted from where it began, whatever the hour", () => {
    const from = Date.parse("2026-11-29T10:07:00Z");
    const times = timesOf("every 45m", "UTC", from);
    expect(iso(nextTimes(times, from, 3))).toEqual(["2026-11-29T10:52", "2026-11-29T11:37", "2026-11-29T12:22"]);
    expect(iso(nextTimes(times, from + 50 * 60_000, 1))).toEqual(["2026-11-29T11:37"]);
    expect(iso(times.last(2, from, from + 200 * 60_000))).toEqual(["2026-11-29T12:22", "2026-11-29T13:07"]);
    expect(times.last(5, from, from + 44 * 60_000)).toEqual([]);
  });

  it.each([
    ["every 2h", 120],
    ["every 1 day", 1_440],
    ["Every 90 minutes", 90],
  ])("%s", (expression, minutes) => {
    expect(timesOf(expression).next(NOW)).toBe(NOW + minutes * 60_000);
  });

  it.each(["every 0m", "every 30s", "every minute", "every 366d", "every -5m", "every 1.5h"])(
    "refuses %s",
    (expression) => {
      expect(problemOf(expression)).toContain("Write the time between two firings");
    },
  );
});

describe("[SC2] at", () => {
  it("is one moment, in the zone or by its own offset", () => {
    expect(timesAfter("2026-11-29T10:00:00Z", "at 2026-12-24T18:00", "Europe/Berlin")).toEqual(["2026-12-24T17:00"]);
    expect(timesAfter("2026-11-29T10:00:00Z", "at 2026-12-24T18:00:00Z", "Europe/Berlin")).toEqual([
      "2026-12-24T18:00",
    ]);
    expect(timesAfter("2026-11-29T10:00:00Z", "at 2026-12-24T18:00+02:00")).toEqual(["2026-12-24T16:00"]);
    expect(timesAfter("2026-11-29T10:00:00Z", "at 2027-03-28T02:30", "Europe/Berlin")).toEqual(["2027-03-28T01:30"]);
  });

  it("has none once it is over, nor one that is too far away", () => {
    expect(timesAfter("2026-11-29T10:00:00Z", "at 2026-11-29T10:00:00Z")).toEqual([]);
    expect(timesAfter("2026-11-29T10:00:00Z", "at 2126-11-29T10:00:00Z")).toEqual([]);
  });

  it.each(["at noon", "at 2026-12-24", "at 2026-02-30T10:00", "at 2026-12-24T25:00", "at"])(
    "refuses %s",
    (expression) => {
      expect(problemOf(expression)).toMatch(/Write the moment as ISO 8601/);
    },
  );
});

it.each(["Mars/Olympus", "+05:00", "europe", ""])("refuses the time zone %j", (timeZone) => {
  expect(problemOf("0 9 * * *", timeZone)).toContain("There is no time zone");
});
