/** The three ways to say when a schedule fires (protocol SC2), as far as they read without a calendar: the hub's part does the rest. */
import { SCHEDULE_EVERY_MAX_MINUTES } from "./limits.ts";

export type ScheduleExpression =
  /** Five fields. */
  | { kind: "cron"; fields: string }
  | { kind: "every"; everyMs: number }
  /** A moment as it was written, with or without an offset. */
  | { kind: "at"; moment: string; hasOffset: boolean }
  /** `problem` is a sentence that says what to write. */
  | { kind: "none"; problem: string };

/** Names of cron fields that everyone knows, and what they stand for. */
const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ["@hourly", "0 * * * *"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@weekly", "0 0 * * 0"],
  ["@monthly", "0 0 1 * *"],
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
]);

const MINUTES_OF: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440 };
const EVERY = /^every\s+(\d{1,6})\s*(m|min|minutes?|h|hours?|d|days?)$/i;
const MOMENT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,3})?(Z|[+-]\d{2}:?\d{2})?$/i;

const EVERY_PROBLEM =
  "Write the time between two firings as `every 45m`, `every 2h` or `every 1d`: one minute or more, 365 days or less.";
const AT_PROBLEM =
  "Write the moment as ISO 8601, such as `at 2026-12-24T18:00` in the schedule's time zone, or `at 2026-12-24T17:00:00Z`.";

export function readScheduleExpression(text: string): ScheduleExpression {
  const expression = text.trim();
  if (/^every\b/i.test(expression)) return readEvery(expression);
  if (/^at\b/i.test(expression)) return readAt(expression);
  const fields = NICKNAMES.get(expression.toLowerCase()) ?? expression.split(/\s+/).join(" ");
  const count = fields.split(" ").length;
  if (count === 5) return { kind: "cron", fields };
  if (count === 6 || count === 7) {
    return {
      kind: "none",
      problem: `This has ${count} fields, and schedules have five: minute, hour, day of the month, month, day of the week. Leave out seconds and years.`,
    };
  }
  return {
    kind: "none",
    problem:
      "Write cron with five fields (minute, hour, day of the month, month, day of the week: `0 9 * * MON-FRI`), `every 45m`, or `at 2026-12-24T18:00`.",
  };
}

function readEvery(expression: string): ScheduleExpression {
  const [, count, unit] = EVERY.exec(expression) ?? [];
  const minutes = Number(count) * (MINUTES_OF[unit?.charAt(0).toLowerCase() ?? ""] ?? Number.NaN);
  if (!(minutes >= 1 && minutes <= SCHEDULE_EVERY_MAX_MINUTES)) return { kind: "none", problem: EVERY_PROBLEM };
  return { kind: "every", everyMs: minutes * 60_000 };
}

function readAt(expression: string): ScheduleExpression {
  const moment = expression.slice("at".length).trim();
  const [, local, offset] = MOMENT.exec(moment) ?? [];
  if (local === undefined) return { kind: "none", problem: AT_PROBLEM };
  const isReal = !Number.isNaN(Date.parse(`${local}Z`)) && new Date(`${local}Z`).toISOString().startsWith(local);
  if (!isReal) return { kind: "none", problem: `There is no ${local} in the calendar. ${AT_PROBLEM}` };
  return offset === undefined
    ? { kind: "at", moment: local, hasOffset: false }
    : { kind: "at", moment: local + offset.toUpperCase(), hasOffset: true };
}
