import type { SeriesPoint } from "../../../../shared/history.ts";
import { TableScroll } from "../../components/page.tsx";
import { type ChartSpec, rowsOf } from "./charts.ts";
import { formatMoment, formatValue } from "./format.ts";

/** The same as the chart, in numbers; moments without any are left out. Newest first. */
export function ChartTable({
  spec,
  points,
  stepMs,
}: {
  spec: ChartSpec;
  points: readonly SeriesPoint[];
  stepMs: number;
}) {
  const rows = rowsOf(spec, points).reverse();
  if (rows.length === 0) return <p class="chart-nothing quiet">Nothing was measured in this span.</p>;
  return (
    <div class="chart-table">
      <TableScroll label={`${spec.title}, table`}>
        <table class="data-table">
          <thead>
            <tr>
              <th scope="col">From</th>
              {spec.lines.map(({ label }) => (
                <th key={label} scope="col" class="number">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ at, values }) => (
              <tr key={at}>
                <td class="nowrap">
                  <time dateTime={new Date(at).toISOString()}>{formatMoment(at, stepMs)}</time>
                </td>
                {values.map((value, index) => (
                  <td key={spec.lines[index]?.label} class="number">
                    {formatValue(value, spec.unit)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </div>
  );
}
