import type { SeriesPoint } from "../../../../shared/history.ts";
import type { ChartSpec, Line } from "./charts.ts";
import { formatMoment, formatValue } from "./format.ts";

/** The lines of a chart, with their values at the point that is looked at. */
export function ChartLegend(props: {
  spec: ChartSpec;
  point: SeriesPoint | undefined;
  stepMs: number;
  onLine?: (label: string) => void;
  line?: string;
}) {
  const { spec, point, stepMs, onLine, line } = props;
  return (
    <ul class="chart-legend">
      {spec.lines.map((entry) => (
        <li key={entry.label}>
          {onLine ? (
            <button
              type="button"
              class="chart-line"
              aria-pressed={line === entry.label}
              data-tip={line === entry.label ? "Show all types" : `Show ${entry.label} alone`}
              onClick={() => onLine(line === entry.label ? "" : entry.label)}
            >
              <LineLabel entry={entry} point={point} unit={spec.unit} />
            </button>
          ) : (
            <span class="chart-line">
              <LineLabel entry={entry} point={point} unit={spec.unit} />
            </span>
          )}
        </li>
      ))}
      <li class="chart-moment" aria-hidden="true">
        {point && formatMoment(Date.parse(point.at), stepMs)}
      </li>
    </ul>
  );
}

function LineLabel(props: { entry: Line; point: SeriesPoint | undefined; unit: ChartSpec["unit"] }) {
  const { entry, point, unit } = props;
  return (
    <>
      <span class="chart-swatch" style={{ background: `var(${entry.color})` }} aria-hidden="true" />
      {entry.label}
      {point && (
        <b class="chart-value" aria-hidden="true">
          {formatValue(entry.read(point), unit)}
        </b>
      )}
    </>
  );
}
