/**
 * When a schedule fires (protocol SC2): cron as croner reads it, with its rules for daylight saving; times between two firings;
 * one moment. Pure: it asks no clock and sets no timer.
 *
 * Croner looks for the next time of a pattern until the year 3000, which takes a second for one whose times all fall into an
 * hour that daylight saving leaves out. So it is given the years to look at, as the last field of its long form, and is asked first
 * whether there is any time in them.
 */
import { Cron, CronPattern } from "croner";
import { type Failure, failure, type Result, success } from "../shared/errors.ts";
import { SCHEDULE_YEARS_AHEAD } from "../shared/limits.ts";
import { readScheduleExpression, type ScheduleExpression } from "../shared/schedule-expression.ts";

/** The times of one expression, epoch ms. Whole minutes, but for `at`. */
export interface ScheduleTimes {
  /** The first time after a moment; null where there is none within the years that count. */
  next(after: number): number | null;
  /** The last times from `from` to `until`, both included, the oldest first; so many at most. */
  last(count: number, from: number, until: number): number[];
}

const DAY_MS = 86_400_000;
const YEARS_MS = SCHEDULE_YEARS_AHEAD * 365 * DAY_MS;
/** IANA's names; `Intl` takes offsets too, which have no daylight saving and which croner does not know. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+/-]*$/;

/** Reads an expression. `anchor` is where `every …` counts from, epoch ms. */
export function readTimes(text: string, timeZone: string, anchor: number): Result<ScheduleTimes> {
  if (!isTimeZone(timeZone)) {
    return refusal(
      "timeZone",
      `There is no time zone ${timeZone.slice(0, 64)}. Write one as IANA has it, such as Europe/Berlin, or UTC.`,
    );
  }
  const expression = readScheduleExpression(text);
  switch (expression.kind) {
    case "none":
      return refusal("expression", expression.problem);
    case "every":
      return success(everyTimes(expression.everyMs, anchor));
    case "at":
      return atTimes(expression, timeZone);
    case "cron":
      return cronTimes(expression.fields, timeZone);
  }
}

/** The next times after a moment, so many at most. */
export function nextTimes(times: ScheduleTimes, after: number, count: number): number[] {
  const found: number[] = [];
  for (let at = times.next(after); at !== null && found.length < count; at = times.next(at)) found.push(at);
  return found;
}

function refusal(field: string, problem: string): Failure {
  return failure("invalid_payload", `${field}: ${problem}`);
}

function isTimeZone(timeZone: string): boolean {
  if (!ZONE_NAME.test(timeZone)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return true;
  } catch {
    return false;
  }
}

function everyTimes(everyMs: number, anchor: number): ScheduleTimes {
  const next = (after: number) => anchor + (Math.floor(Math.max(after - anchor, 0) / everyMs) + 1) * everyMs;
  return {
    next,
    last(count, from, until) {
      const newest = anchor + Math.floor((until - anchor) / everyMs) * everyMs;
      const oldest = Math.max(next(from - 1), newest - (count - 1) * everyMs);
      const times: number[] = [];
      for (let at = oldest; at <= newest; at += everyMs) times.push(at);
      return times;
    },
  };
}

function atTimes(
  { moment, hasOffset }: Extract<ScheduleExpression, { kind: "at" }>,
  timeZone: string,
): Result<ScheduleTimes> {
  // A moment that daylight saving leaves out is one hour later, as croner has it.
  const at = hasOffset
    ? Date.parse(moment)
    : (new Cron(withSeconds(moment), { timezone: timeZone }).getOnce()?.getTime() ?? Number.NaN);
  if (Number.isNaN(at)) return refusal("expression", `${moment} cannot be read as a moment in ${timeZone}.`);
  return success({
    next: (after) => (at > after && at - after <= YEARS_MS ? at : null),
    last: (_, from, until) => (at >= from && at <= until ? [at] : []),
  });
}

function withSeconds(moment: string): string {
  return moment.length === "2026-12-24T18:00".length ? `${moment}:00` : moment;
}

function cronTimes(fields: string, timezone: string): Result<ScheduleTimes> {
  const jobFor = (pattern: string, from: number, to: number) =>
    new Cron(`0 ${pattern} ${yearOf(from) - 1}-${yearOf(to) + 1}`, { mode: "7-part", timezone });
  let edges: string;
  try {
    edges = edgesOf(fields, timezone);
  } catch (error) {
    const words = (error instanceof Error ? error.message : String(error)).replace(/^CronPattern: /, "");
    return refusal(
      "expression",
      `${words.replace(/\.?$/, ".")} The five fields are minute, hour, day of the month, month, day of the week.`,
    );
  }
  return success({
    next(after) {
      const far = jobFor(edges, after, after + YEARS_MS)
        .nextRun(new Date(after))
        ?.getTime();
      if (far === undefined || far - after > YEARS_MS) return null;
      return jobFor(fields, after, far).nextRun(new Date(after))?.getTime() ?? null;
    },
    last(count, from, until) {
      // It stops before a moment, and takes whole seconds.
      const runs = jobFor(fields, from, until).previousRuns(count, new Date(until + 1));
      return runs
        .map((run) => run.getTime())
        .filter((at) => at >= from)
        .reverse();
    },
  });
}

/**
 * The same pattern with the first and the last of its minutes alone. What daylight saving leaves out of an hour is in one piece,
 * so where one of its minutes is there, one of these two is: whether it ever comes is told at a small part of the cost.
 */
function edgesOf(fields: string, timezone: string): string {
  const { minute } = new CronPattern(`0 ${fields} *`, timezone, { mode: "7-part" });
  const [first, last] = [minute.indexOf(1), minute.lastIndexOf(1)];
  return first === last ? fields : `${first},${last}${fields.slice(fields.indexOf(" "))}`;
}

function yearOf(at: number): number {
  return new Date(at).getUTCFullYear();
}
