import type { ComponentChildren } from "preact";
import { TableScroll } from "./page.tsx";
import { useFirstRows } from "./use-first-rows.tsx";
import "./data-table.css";

export interface Column<Row> {
  /** What its head says. "" for a column that has no head, or something else than words in it. */
  title: string;
  /** In place of the title: what the head has, of the rows that are shown. */
  head?(shown: readonly Row[]): ComponentChildren;
  isSorted?: boolean;
  /**
   * - `name`: its cells name their rows, for who hears the table.
   * - `actions`: what can be done with a row, in sight also where the table is wider than the page. The title is only heard.
   */
  kind?: "name" | "actions";
  class?: string;
  cell(row: Row): ComponentChildren;
}

export interface DataTableProps<Row> {
  /** What it is a table of, for screen readers. */
  label: string;
  class: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string | number;
}

/** A list as a table that scrolls by itself; of a long one the first rows, until all are wanted. */
export function DataTable<Row>({ label, columns, rows, keyOf, ...props }: DataTableProps<Row>) {
  const { shown, more } = useFirstRows(rows);
  return (
    <>
      <TableScroll label={label}>
        <table class={`data-table ${props.class}`}>
          <thead>
            <tr>
              {columns.map((column, at) => (
                <Head key={at} column={column} shown={shown} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map((column, at) => (
                  <Cell key={at} column={column} row={row} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      {more}
    </>
  );
}

function Head<Row>({ column, shown }: { column: Column<Row>; shown: readonly Row[] }) {
  const { title, head, isSorted, kind } = column;
  const content = head?.(shown) ?? title;
  if (title === "") return <td>{content}</td>;
  return (
    <th scope="col" aria-sort={isSorted ? "ascending" : undefined}>
      {kind === "actions" ? <span class="visually-hidden">{title}</span> : content}
    </th>
  );
}

function Cell<Row>({ column: { kind, cell, class: className }, row }: { column: Column<Row>; row: Row }) {
  if (kind !== "name") return <td class={kind === "actions" ? "row-actions" : className}>{cell(row)}</td>;
  return (
    <th scope="row" class="row-name">
      {cell(row)}
    </th>
  );
}
