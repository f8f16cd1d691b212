/** The stretch of time that a page shows, as its URL spells it: `24h`, counted back from now, or `from..to`. */

/** Epoch ms; `toAt` is not part of it. */
export interface Stretch {
  fromAt: number;
  toAt: number;
}

export type TimeSpan = { kind: "last"; name: LastName } | ({ kind: "range" } & Stretch);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** What one request for a series may ask for. */
const MAX_MS = 31 * DAY_MS;

const LASTS = {
  "15m": { durationMs: 15 * MINUTE_MS, title: "15 minutes" },
  "1h": { durationMs: HOUR_MS, title: "hour" },
  "24h": { durationMs: DAY_MS, title: "24 hours" },
  "7d": { durationMs: 7 * DAY_MS, title: "7 days" },
  "30d": { durationMs: 30 * DAY_MS, title: "30 days" },
} as const;
export type LastName = keyof typeof LASTS;

/** Reads what a URL says; anything that is no span, or none with a length, is `fallback`. */
export function parseSpan(text: string | null | undefined, fallback: LastName): TimeSpan {
  const last: TimeSpan = { kind: "last", name: fallback };
  if (!text) return last;
  if (Object.hasOwn(LASTS, text)) return { kind: "last", name: text as LastName };
  const [fromAt = Number.NaN, toAt = Number.NaN] = text.split("..").map((moment) => Date.parse(moment));
  if (!(fromAt < toAt)) return last;
  return { kind: "range", fromAt: Math.max(fromAt, toAt - MAX_MS), toAt };
}

/** The other way; the shortest ISO form of both ends. */
export function formatSpan(span: TimeSpan): string {
  return span.kind === "last" ? span.name : `${formatMoment(span.fromAt)}..${formatMoment(span.toAt)}`;
}

/** When it begins and ends, at `now`. */
export function resolveSpan(span: TimeSpan, now: number): Stretch {
  if (span.kind === "range") return { fromAt: span.fromAt, toAt: span.toAt };
  return { fromAt: now - LASTS[span.name].durationMs, toAt: now };
}

/** For a heading: `Last 24 hours`, or both ends in local time. */
export function describeSpan(span: TimeSpan): string {
  return span.kind === "last" ? `Last ${LASTS[span.name].title}` : describeStretch(span);
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
  const end = span.kind === "range" ? [`before:${formatMoment(toAt)}`] : [];
  return [...terms, `after:${formatMoment(fromAt)}`, ...end].join(" ");
}

function formatMoment(at: number): string {
  return new Date(at)
    .toISOString()
    .replace(/\.000Z$/, "Z")
    .replace(/:00Z$/, "Z");
}
