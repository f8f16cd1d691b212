/** Which charts there are, and how the points of a series become their columns and rows. */
import type { SeriesPoint } from "../../../../shared/history.ts";
import { MESSAGE_TYPES } from "../../models/message-types.ts";

export interface Line {
  label: string;
  /** A custom property of the style. */
  color: string;
  read(point: SeriesPoint): number | null;
}

export interface ChartSpec {
  id: "activity" | "delivery" | "answers" | "queue";
  title: string;
  /** For who knows the word but not what is measured. */
  hint: string;
  shape: "stack" | "lines" | "area";
  unit: "count" | "ms";
  lines: readonly Line[];
}

export const CHARTS: readonly ChartSpec[] = [
  {
    id: "activity",
    title: "Messages",
    hint: "What was sent, by type; a publication counts once",
    shape: "stack",
    unit: "count",
    lines: MESSAGE_TYPES.map((type) => ({
      label: type,
      color: `--type-${type}`,
      read: ({ types }) => types[type] ?? 0,
    })),
  },
  {
    id: "delivery",
    title: "Delivery time",
    hint: "Acceptance to the recipient's connection",
    shape: "lines",
    unit: "ms",
    lines: latencyLines(({ delivery }) => delivery),
  },
  {
    id: "answers",
    title: "Answer time",
    hint: "Task or question to its first answer",
    shape: "lines",
    unit: "ms",
    lines: latencyLines(({ answers }) => answers),
  },
  {
    id: "queue",
    title: "Queue depth",
    hint: "The most that waited for an ack",
    shape: "area",
    unit: "count",
    lines: [{ label: "waiting", color: "--state-queued", read: ({ queueDepth }) => queueDepth }],
  },
];

function latencyLines(of: (point: SeriesPoint) => SeriesPoint["delivery"]): Line[] {
  return [
    { label: "p50", color: "--accent", read: (point) => of(point).p50Ms },
    { label: "p95", color: "--role", read: (point) => of(point).p95Ms },
  ];
}

export type Column = (number | null)[];

/**
 * Times (epoch ms) and one column a line. Of a stack each column holds the sum up to its line, the whole first, since what
 * is drawn later covers what was drawn before.
 */
export function columnsOf({ shape, lines }: ChartSpec, points: readonly SeriesPoint[]): [number[], ...Column[]] {
  const times = points.map(({ at }) => Date.parse(at));
  if (shape !== "stack") return [times, ...lines.map(({ read }) => points.map(read))];
  const sums: number[] = points.map(() => 0);
  const columns = lines.map(({ read }) =>
    points.map((point, index) => {
      const sum = (sums[index] ?? 0) + (read(point) ?? 0);
      sums[index] = sum;
      return sum;
    }),
  );
  return [times, ...columns.reverse()];
}

/** The lines in the order of their columns. */
export function drawnLines({ shape, lines }: ChartSpec): readonly Line[] {
  return shape === "stack" ? lines.toReversed() : lines;
}

/** The points that a chart has something to say of, for its table. */
export function rowsOf(
  { lines }: ChartSpec,
  points: readonly SeriesPoint[],
): { at: number; values: (number | null)[] }[] {
  return points
    .map((point) => ({ at: Date.parse(point.at), values: lines.map(({ read }) => read(point)) }))
    .filter(({ values }) => values.some((value) => value !== null && value !== 0));
}

/** The highest value, and when; undefined when there is nothing. */
export function peakOf(spec: ChartSpec, points: readonly SeriesPoint[]): { at: number; value: number } | undefined {
  let peak: { at: number; value: number } | undefined;
  for (const { at, values } of rowsOf(spec, points)) {
    const known = values.map((value) => value ?? 0);
    const value = spec.shape === "stack" ? known.reduce((sum, one) => sum + one, 0) : Math.max(...known);
    if (peak === undefined || value > peak.value) peak = { at, value };
  }
  return peak;
}
