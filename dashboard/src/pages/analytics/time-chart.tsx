import { useSignal, useSignalEffect } from "@preact/signals";
import { ChartColumn, Table2 } from "lucide";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import type { StatsSeries } from "../../../../shared/history.ts";
import { IconButton } from "../../components/button.tsx";
import { readColors, watchTheme } from "../../components/theme-colors.ts";
import { describeStretch, type Stretch } from "../../models/time-span.ts";
import { ChartLegend } from "./chart-legend.tsx";
import { ChartTable } from "./chart-table.tsx";
import { type ChartSpec, peakOf } from "./charts.ts";
import { boundsOf, type Choice, moveChoice, pointsBetween } from "./choose-range.ts";
import { formatCount, formatMoment, formatValue } from "./format.ts";
import type { Plot } from "./plot.ts";
import "./time-chart.css";

export interface TimeChartProps {
  spec: ChartSpec;
  series: StatsSeries;
  /** A stretch was chosen: whole points, by pointer or by keyboard. */
  onChoose(stretch: Stretch): void;
  /** Chooses one of the lines; undefined where lines are no choice. */
  onLine?: (label: string) => void;
  /** The chosen line. */
  line?: string;
}

/** One chart over time: drawn, or as a table. A stretch is chosen by dragging, or with arrow keys, Shift and Enter. */
export function TimeChart({ spec, series, onChoose, onLine, line }: TimeChartProps) {
  const id = useId();
  const isTable = useSignal(false);
  const hovered = useSignal<number | null>(null);
  // By time, since the points of a span that ends now move on under it.
  const chosenAt = useSignal<Choice | undefined>(undefined);
  const { points, stepMs } = series;
  const choice = chosenAt.value && toIndexes(chosenAt.value, series);
  const chosen = choice && stretchOf(series, ...boundsOf(choice));

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && chosen) onChoose(chosen);
    else if (event.key === "Escape" && chosen) chosenAt.value = undefined;
    else {
      const moved = moveChoice(choice, event.key, event.shiftKey, points.length);
      if (moved === undefined) return;
      chosenAt.value = toTimes(moved, series);
    }
    event.preventDefault();
  };
  const shownAt = choice?.cursor ?? hovered.value;
  return (
    <figure class="card chart" data-chart={spec.id} aria-labelledby={`${id}-title`}>
      <header class="chart-header">
        <h2 id={`${id}-title`}>{spec.title}</h2>
        <p class="chart-hint">{spec.hint}</p>
        <IconButton
          size="small"
          icon={isTable.value ? ChartColumn : Table2}
          label={isTable.value ? `${spec.title} as a chart` : `${spec.title} as a table`}
          onClick={() => {
            isTable.value = !isTable.value;
          }}
        />
      </header>
      <ChartLegend
        spec={spec}
        point={shownAt === null ? undefined : points[shownAt]}
        stepMs={stepMs}
        {...(onLine && { onLine })}
        {...(line !== undefined && { line })}
      />
      <p class="visually-hidden" id={`${id}-summary`}>
        {summarize(spec, series)}
      </p>
      {isTable.value ? (
        <ChartTable spec={spec} points={points} stepMs={stepMs} />
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form controls
        <div
          class="chart-plot"
          role="group"
          aria-roledescription="chart"
          aria-labelledby={`${id}-title`}
          aria-describedby={`${id}-summary ${id}-keys`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a stretch is chosen by keyboard too
          tabIndex={0}
          onKeyDown={onKeyDown}
          onBlur={() => {
            chosenAt.value = undefined;
          }}
        >
          <Canvas
            spec={spec}
            series={series}
            chosen={chosen}
            hovered={hovered}
            onChoose={onChoose}
            onFail={() => {
              isTable.value = true;
            }}
          />
          <p class="chart-keys" id={`${id}-keys`}>
            Arrow keys choose, with Shift a stretch; Enter shows it.
          </p>
          <p class="chart-choice" role="status">
            {choice && `${describeChoice(spec, series, choice)} Enter shows it alone.`}
          </p>
        </div>
      )}
    </figure>
  );
}

type CanvasProps = Pick<TimeChartProps, "spec" | "series" | "onChoose"> & {
  chosen: Stretch | undefined;
  hovered: { value: number | null };
  /** There will be no drawing. */
  onFail(): void;
};

function Canvas({ spec, series, chosen, hovered, onChoose, onFail }: CanvasProps) {
  const root = useRef<HTMLDivElement>(null);
  const plot = useSignal<Plot | null>(null);
  const latest = useRef({ series, onChoose, onFail });
  latest.current = { series, onChoose, onFail };

  useEffect(() => {
    const element = root.current;
    if (element === null) return;
    const names = [...spec.lines.map(({ color }) => color), "--quiet", "--line", "--surface"];
    const hasEnded = new AbortController();
    const resize = new ResizeObserver(() => plot.peek()?.resize(element.clientWidth));
    const stopTheme = watchTheme(() => plot.peek()?.recolor(readColors(element, names)));
    const start = ({ createPlot }: typeof import("./plot.ts")) => {
      if (hasEnded.signal.aborted) return;
      plot.value = createPlot(element, {
        spec,
        height: spec.shape === "stack" ? 230 : 180,
        syncKey: "analytics",
        colors: readColors(element, names),
        onDrag(fromAt, toAt) {
          const { points, stepMs, from } = latest.current.series;
          const bounds = pointsBetween(fromAt, toAt, Date.parse(points[0]?.at ?? from), stepMs, points.length);
          if (bounds) latest.current.onChoose(stretchOf(latest.current.series, ...bounds));
        },
        onHover(index) {
          hovered.value = index;
        },
      });
      resize.observe(element);
    };
    void import("./plot.ts").then(start).catch(() => latest.current.onFail());
    return () => {
      hasEnded.abort();
      resize.disconnect();
      stopTheme();
      plot.peek()?.destroy();
      plot.value = null;
    };
  }, [spec, plot, hovered]);

  useSignalEffect(() => {
    plot.value?.show(dataOf(latest.current.series));
  });
  useLayoutEffect(() => plot.peek()?.show(dataOf(series)), [series, plot]);
  useLayoutEffect(() => plot.peek()?.mark(chosen ?? null), [chosen?.fromAt, chosen?.toAt, series, plot]);
  return <div class="chart-canvas" ref={root} data-ready={plot.value !== null || undefined} aria-hidden="true" />;
}

function dataOf({ points, from, to }: StatsSeries) {
  return { points, fromAt: Date.parse(points[0]?.at ?? from), toAt: Date.parse(to) };
}

function stretchOf({ points, stepMs, from, to }: StatsSeries, first: number, last: number): Stretch {
  return {
    fromAt: Date.parse(points[first]?.at ?? from),
    toAt: Math.min(Date.parse(points[last]?.at ?? to) + stepMs, Math.max(Date.parse(to), Date.parse(from) + stepMs)),
  };
}

function toTimes({ cursor, anchor }: Choice, { points, from }: StatsSeries): Choice {
  const timeOf = (index: number) => Date.parse(points[index]?.at ?? from);
  return { cursor: timeOf(cursor), anchor: timeOf(anchor) };
}

function toIndexes({ cursor, anchor }: Choice, { points, from, stepMs }: StatsSeries): Choice {
  const firstAt = Date.parse(points[0]?.at ?? from);
  const indexOf = (at: number) => Math.max(0, Math.min(points.length - 1, Math.round((at - firstAt) / stepMs)));
  return { cursor: indexOf(cursor), anchor: indexOf(anchor) };
}

function describeChoice(spec: ChartSpec, series: StatsSeries, choice: Choice): string {
  const [first, last] = boundsOf(choice);
  const points = series.points.slice(first, last + 1);
  const when = describeStretch(stretchOf(series, first, last));
  const messages = points.reduce((sum, point) => sum + point.messages, 0);
  if (spec.shape === "stack" || first !== last) return `${when}: ${formatCount(messages)} messages.`;
  const [point] = points;
  const values = point && spec.lines.map(({ label, read }) => `${label} ${formatValue(read(point), spec.unit)}`);
  return `${when}: ${values?.join(", ")}.`;
}

/** What the chart says, in a sentence. */
function summarize(spec: ChartSpec, series: StatsSeries): string {
  const peak = peakOf(spec, series.points);
  if (peak === undefined) return "Nothing was measured in this span.";
  const most = `The highest is ${formatValue(peak.value, spec.unit)}, at ${formatMoment(peak.at, series.stepMs)}.`;
  if (spec.shape !== "stack") return most;
  return `${formatCount(series.points.reduce((sum, { messages }) => sum + messages, 0))} in all. ${most}`;
}
