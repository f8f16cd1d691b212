/** What a benchmark says: figures, each beside the bare echo of the same run and its target where it has them. */
import type { Percentiles } from "./percentiles.ts";

export interface Figure {
  name: string;
  value: number;
  unit: "ms" | "/s" | "µs" | "MiB" | "frames";
  /** The same of one bare Durable Object that echoes frames, measured in the same run. */
  echo?: number;
  target?: Target;
}

/** A bound of the figure itself, or of its ratio to the echo. */
export interface Target {
  of: "value" | "ratio";
  is: "at least" | "at most";
  bound: number;
}

/** The figures of one distribution of times, in ms. `echo` are those of the echo's round trips. */
export function percentileFigures(name: string, times: Percentiles, echo?: Percentiles, p50Target?: Target): Figure[] {
  return (["p50", "p95", "p99"] as const).map((rank) => ({
    name: `${name}, ${rank}`,
    value: times[rank],
    unit: "ms",
    ...(echo === undefined ? {} : { echo: echo[rank] }),
    ...(rank === "p50" && p50Target !== undefined ? { target: p50Target } : {}),
  }));
}

export function ratioOf({ value, echo }: Figure): number | undefined {
  return echo === undefined ? undefined : value / echo;
}

/** Whether the figure keeps its target; undefined where it has none. */
export function isMet(figure: Figure): boolean | undefined {
  const { target } = figure;
  if (target === undefined) return undefined;
  const value = target.of === "value" ? figure.value : (ratioOf(figure) ?? Number.NaN);
  return target.is === "at least" ? value >= target.bound : value <= target.bound;
}

/** The figures as a Markdown table. */
export function renderTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${formatNumber(figure.value)} ${figure.unit}`,
    figure.echo === undefined ? "" : `${formatNumber(figure.echo)} ${figure.unit}`,
    formatNumber(ratioOf(figure)),
    figure.target === undefined ? "" : renderTarget(figure.target),
    { true: "yes", false: "no", undefined: "" }[String(isMet(figure))] as string,
  ]);
  const lines = [["figure", "hub", "echo", "ratio", "target", "met"], ...rows];
  const widths = (lines[0] as string[]).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const render = (line: string[]) => `| ${line.map((cell, i) => cell.padEnd(widths[i] as number)).join(" | ")} |`;
  const [head, ...body] = lines.map(render);
  return [head, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body].join("\n");
}

function renderTarget({ of, is, bound }: Target): string {
  return `${is === "at least" ? "≥" : "≤"} ${bound}${of === "ratio" ? " × echo" : ""}`;
}

function formatNumber(value: number | undefined): string {
  if (value === undefined) return "";
  if (value >= 1_000) return Math.round(value).toLocaleString("en");
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}
