/** The part of a chart that uPlot draws; loaded when the first chart is shown. */
import uPlot from "uplot";
import "./plot.css";
import type { SeriesPoint } from "../../../../shared/history.ts";
import { type ChartSpec, columnsOf, drawnLines } from "./charts.ts";
import { formatCount, formatMs, formatTicks } from "./format.ts";

export interface PlotData {
  points: readonly SeriesPoint[];
  /** Epoch ms of the axis's ends. */
  fromAt: number;
  toAt: number;
}

export interface PlotOptions {
  spec: ChartSpec;
  height: number;
  /** Charts that show the same moment under the pointer. */
  syncKey: string;
  /** By custom property: those of the lines, `--quiet`, `--line` and `--surface`. */
  colors: Readonly<Record<string, string>>;
  /** A stretch of time was dragged over; both in epoch ms. */
  onDrag(fromAt: number, toAt: number): void;
  /** The point under the pointer; null for none. */
  onHover(index: number | null): void;
}

export interface Plot {
  show(data: PlotData): void;
  recolor(colors: Readonly<Record<string, string>>): void;
  resize(width: number): void;
  /** Marks a stretch, in epoch ms; null for none. */
  mark(stretch: { fromAt: number; toAt: number } | null): void;
  destroy(): void;
}

const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
/** Nothing is counted over less than a minute. */
const TIME_STEPS = [1, 2, 5, 15, 30, 60, 180, 360, 720, 1_440, 2_880, 7_200].map((minutes) => minutes * 60_000);
const COUNT_STEPS = [1, 2, 5]
  .flatMap((n) => [0, 1, 2, 3, 4, 5, 6].map((power) => n * 10 ** power))
  .sort((a, b) => a - b);

export function createPlot(root: HTMLElement, options: PlotOptions): Plot {
  let colors = options.colors;
  let axis = { fromAt: 0, toAt: 1 };
  const colorOf = (name: string) => () => colors[name] ?? "";
  const plot = new uPlot(
    {
      width: Math.max(1, root.clientWidth),
      height: options.height,
      ms: 1,
      // Half of the widest label of a moment reaches beyond the last.
      padding: [10, 34, 0, 0],
      legend: { show: false },
      select: { show: true, left: 0, top: 0, width: 0, height: 0 },
      cursor: cursorOf(options),
      scales: { x: { time: true, range: () => [axis.fromAt, axis.toAt] }, y: scaleOf(options.spec) },
      axes: axesOf(options.spec, colorOf),
      series: [{}, ...seriesOf(options.spec, colorOf)],
      hooks: {
        setSelect: [
          ({ select, posToVal }) => {
            if (select.width > 0) options.onDrag(posToVal(select.left, "x"), posToVal(select.left + select.width, "x"));
          },
        ],
        setCursor: [({ cursor }) => options.onHover(cursor.idx ?? null)],
      },
    },
    [[], ...options.spec.lines.map(() => [])],
    root,
  );
  return {
    show({ points, fromAt, toAt }) {
      axis = { fromAt, toAt };
      plot.setData(columnsOf(options.spec, points));
    },
    recolor(next) {
      colors = next;
      plot.redraw();
    },
    resize: (width) => plot.setSize({ width, height: options.height }),
    mark(stretch) {
      const left = stretch ? plot.valToPos(stretch.fromAt, "x") : 0;
      const width = stretch ? plot.valToPos(stretch.toAt, "x") - left : 0;
      plot.setSelect({ left, width, top: 0, height: plot.over.clientHeight }, false);
    },
    destroy: () => plot.destroy(),
  };
}

function cursorOf({ syncKey }: PlotOptions): uPlot.Cursor {
  return {
    y: false,
    points: { show: false },
    drag: { x: true, y: false, setScale: false, dist: 4 },
    // Others follow the pointer, but only the one that is dragged on chooses.
    sync: { key: syncKey, setSeries: false, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
  };
}

/** Times spread over powers of ten; counts begin at nothing. */
function scaleOf({ unit }: ChartSpec): uPlot.Scale {
  if (unit === "ms") return { distr: 3, log: 10, clamp: 0.1, range: (_, min, max) => rangeOfTimes(min, max) };
  // Also where nothing is known: an axis without numbers would leave no room for the labels below.
  return { range: (_, __, max) => [0, Math.max(4, (max ?? 0) * 1.08)] };
}

function rangeOfTimes(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [1, 1_000];
  const floor = 10 ** Math.floor(Math.log10(Math.max(min, 0.1)));
  return [floor, Math.max(10 ** Math.ceil(Math.log10(Math.max(max, 0.1) * 1.05)), floor * 10)];
}

/** Powers of ten, and between few of them their doubles and halves. */
function ticksOfTimes(min: number, max: number): number[] {
  const powers = Array.from({ length: 16 }, (_, index) => 10 ** (index - 2));
  const isFew = max / min <= 10;
  return powers
    .flatMap((power) => (isFew ? [1, 2, 5].map((n) => n * power) : [power]))
    .filter((ms) => ms >= min && ms <= max);
}

function axesOf({ unit }: ChartSpec, colorOf: (name: string) => () => string): uPlot.Axis[] {
  const shared = {
    font: FONT,
    stroke: colorOf("--quiet"),
    grid: { stroke: colorOf("--line"), width: 1 },
    ticks: { show: false },
  };
  return [
    {
      ...shared,
      incrs: TIME_STEPS,
      space: 72,
      size: 44,
      gap: 6,
      values: (_, ticks, _axis, _space, step) => formatTicks(ticks, step),
    },
    {
      ...shared,
      size: (_, labels) => Math.max(58, ...(labels ?? []).map(({ length }) => 14 + length * 7.5)),
      gap: 6,
      space: 28,
      ...(unit === "ms" && { splits: (_: uPlot, _axis: number, min: number, max: number) => ticksOfTimes(min, max) }),
      values: (_, ticks) =>
        ticks.map((tick) => (tick === null ? "" : unit === "ms" ? formatMs(tick) : formatCount(tick))),
      ...(unit === "count" && { incrs: COUNT_STEPS }),
    },
  ];
}

function seriesOf(spec: ChartSpec, colorOf: (name: string) => () => string): uPlot.Series[] {
  return drawnLines(spec).map(({ label, color }) => {
    const stroke = colorOf(color);
    if (spec.shape === "stack") {
      const paths = uPlot.paths.bars?.({ align: 1, size: [1, Number.POSITIVE_INFINITY], gap: 1 });
      return { label, fill: stroke, width: 0, points: { show: false }, ...(paths && { paths }) };
    }
    if (spec.shape === "area") {
      const paths = uPlot.paths.stepped?.({ align: 1 });
      return {
        label,
        stroke,
        fill: () => fade(stroke()),
        width: 1.5,
        points: { show: false },
        ...(paths && { paths }),
      };
    }
    return { label, stroke, width: 2, points: { show: true, size: 5, width: 1, fill: stroke } };
  });
}

/** A computed colour, `rgb(…)`, mostly see-through. */
function fade(color: string): string {
  return color.replace(/^rgb\((.*)\)$/, "rgba($1, 0.22)");
}
