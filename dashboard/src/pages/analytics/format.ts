/** Numbers and times as people read them. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function formatCount(count: number): string {
  return count.toLocaleString("en");
}

/** Two digits that count, in the unit that fits: `0.8 ms`, `42 ms`, `1.2 s`, `3.5 min`, `2 h`, `1.5 d`. */
export function formatMs(ms: number): string {
  const [unitMs, unit] =
    ms < 999.5
      ? [1, "ms"]
      : ms < MINUTE_MS - 500
        ? [1_000, "s"]
        : ms < HOUR_MS - 30_000
          ? [MINUTE_MS, "min"]
          : ms < DAY_MS
            ? [HOUR_MS, "h"]
            : [DAY_MS, "d"];
  const value = ms / Number(unitMs);
  return `${value < 9.95 ? Number(value.toFixed(1)) : Math.round(value)} ${unit}`;
}

export function formatValue(value: number | null, unit: "count" | "ms"): string {
  if (value === null) return "–";
  return unit === "ms" ? formatMs(value) : formatCount(value);
}

/** When a point begins, in local time, as exact as its step needs. */
export function formatMoment(at: number, stepMs: number): string {
  const time = stepMs < DAY_MS ? ({ hour: "2-digit", minute: "2-digit" } as const) : {};
  return new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", ...time }).format(at);
}

/** Labels for the ticks of a time axis: the time of day, the day below the first of each; only days where ticks are whole days. */
export function formatTicks(ticks: readonly number[], stepMs: number): string[] {
  const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
  const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  let shown = "";
  return ticks.map((at) => {
    const date = day.format(at);
    if (stepMs >= DAY_MS) return date;
    const isNew = date !== shown;
    shown = date;
    return isNew ? `${time.format(at)}\n${date}` : time.format(at);
  });
}
