/**
 * The stretch of time that a page shows, as its URL spells it: `2h`, `90m`, `3d`, counted back from now; `today` and `yesterday`,
 * as the person before the page counts days; or `from..to`.
 */

/** Epoch ms; `toAt` is not part of it. */
export interface Stretch {
  fromAt: number;
  toAt: number;
}

/** So long ago, such as `90m`. */
export type LastName = `${number}${keyof typeof UNIT_MS}`;
export type DayName = "today" | "yesterday";
/** What has a name of its own. */
export type SpanName = LastName | DayName;
export type TimeSpan =
  | { kind: "last"; name: LastName }
  | { kind: "day"; name: DayName }
  | ({ kind: "range" } & Stretch);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** What one request for a series may ask for. */
const MAX_MS = 31 * DAY_MS;

const UNIT_MS = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS } as const;
const UNIT_WORDS = { m: "minute", h: "hour", d: "day", w: "week" } as const;
const LAST = /^([1-9]\d{0,4})([mhdw])$/;

/** Reads what a person types or a URL says; undefined for what is no span, or none with a length. */
export function readSpan(text: string): TimeSpan | undefined {
  const word = text.trim().toLowerCase();
  if (isDay(word)) return spanOf(word);
  if (LAST.test(word))
    return lengthOf(word as LastName) <= MAX_MS ? { kind: "last", name: word as LastName } : undefined;
  const [fromAt = Number.NaN, toAt = Number.NaN] = text.split("..").map((moment) => Date.parse(moment));
  if (!(fromAt < toAt)) return undefined;
  return { kind: "range", fromAt: Math.max(fromAt, toAt - MAX_MS), toAt };
}

export function spanOf(name: SpanName): TimeSpan {
  return isDay(name) ? { kind: "day", name } : { kind: "last", name };
}

/** The same of a URL; anything that is no span is `fallback`. */
export function parseSpan(text: string | null | undefined, fallback: SpanName): TimeSpan {
  return readSpan(text ?? "") ?? spanOf(fallback);
}

/** The other way; the shortest ISO form of both ends. */
export function formatSpan(span: TimeSpan): string {
  return span.kind === "range" ? `${formatMoment(span.fromAt)}..${formatMoment(span.toAt)}` : span.name;
}

/** When it begins and ends, at `now`. */
export function resolveSpan(span: TimeSpan, now: number): Stretch {
  switch (span.kind) {
    case "range":
      return { fromAt: span.fromAt, toAt: span.toAt };
    case "day":
      // At the first moment of a day there is nothing of it yet.
      if (span.name === "today") return { fromAt: Math.min(dayBegin(now, 0), now - 1), toAt: now };
      return { fromAt: dayBegin(now, -1), toAt: dayBegin(now, 0) };
    case "last":
      return { fromAt: now - lengthOf(span.name), toAt: now };
  }
}

/** Whether it ends now, so that what happens belongs into it. */
export function endsNow(span: TimeSpan): boolean {
  return span.kind === "last" || (span.kind === "day" && span.name === "today");
}

/** For a heading: `Last 24 hours`, `Today`, or both ends in local time. */
export function describeSpan(span: TimeSpan): string {
  if (span.kind === "range") return describeStretch(span);
  if (span.kind === "day") return span.name === "today" ? "Today" : "Yesterday";
  const [, count = "", unit = "m"] = LAST.exec(span.name) ?? [];
  const word = UNIT_WORDS[unit as keyof typeof UNIT_WORDS];
  return count === "1" ? `Last ${word}` : `Last ${count} ${word}s`;
}

export function isDay(name: string): name is DayName {
  return name === "today" || name === "yesterday";
}

function lengthOf(name: LastName): number {
  const [, count = "", unit = "m"] = LAST.exec(name) ?? [];
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** By the calendar: not every day has 24 hours. */
function dayBegin(now: number, days: number): number {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() + days);
  return day.getTime();
}

/** What ended within it, as a heading says: `ended today`, `ended in the last 7 days`. */
export function describeEnded(span: TimeSpan): string {
  const words = describeSpan(span);
  return span.kind === "range"
    ? `ended ${words}`
    : `ended ${span.kind === "last" ? "in the " : ""}${words.toLowerCase()}`;
}

/** Both ends in local time, the day once where it is the same. */
export function describeStretch({ fromAt, toAt }: Stretch): string {
  const isShort = toAt - fromAt < 2 * MINUTE_MS;
  const second = isShort ? ("2-digit" as const) : undefined;
  return new Intl.DateTimeFormat(undefined, {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second,
  }).formatRange(fromAt, toAt);
}

/** A query of the Command Center for the messages of a span; a span that ends now stays open at its end. */
export function queryOf(span: TimeSpan, now: number, terms: readonly string[] = []): string {
  const { fromAt, toAt } = resolveSpan(span, now);
  const end = endsNow(span) ? [] : [`before:${formatMoment(toAt)}`];
  return [...terms, `after:${formatMoment(fromAt)}`, ...end].join(" ");
}

/** The same in the words of the search, which mean the same tomorrow: `after:2h`, `after:yesterday before:today`. */
export function termsOf(span: TimeSpan): string {
  if (span.kind === "range") return `after:${formatMoment(span.fromAt)} before:${formatMoment(span.toAt)}`;
  return span.name === "yesterday" ? "after:yesterday before:today" : `after:${span.name}`;
}

function formatMoment(at: number): string {
  return new Date(at)
    .toISOString()
    .replace(/\.000Z$/, "Z")
    .replace(/:00Z$/, "Z");
}
