import type { Decision } from "../../../../shared/decisions.ts";
import { Tag } from "../../components/badge.tsx";
import { type Column, DataTable } from "../../components/data-table.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { Somebody } from "../../components/somebody.tsx";
import { showHidden } from "./words.ts";

const COLUMNS: readonly Column<Decision>[] = [
  {
    title: "Asked",
    kind: "name",
    cell: ({ tool, question }) => (
      <>
        {tool !== undefined && <Tag>{tool}</Tag>} {showHidden(question)}
      </>
    ),
  },
  {
    title: "Answer",
    class: "inbox-answer",
    cell: ({ answer, state, note }) => (
      <>
        {answer ?? <span class="quiet">{state === "withdrawn" ? "taken back" : "none in time"}</span>}
        {note !== undefined && <p class="quiet">{note}</p>}
      </>
    ),
  },
  {
    title: "By",
    cell: ({ answer, answeredBy }) =>
      answeredBy ?? <span class="quiet">{answer === undefined ? "—" : "its default"}</span>,
  },
  { title: "Session", cell: ({ instanceId }) => <Somebody id={instanceId} /> },
  { title: "Ended", cell: ({ endedAt }) => endedAt !== undefined && <RelativeTime at={endedAt} /> },
];

/** What was decided, by whom. */
export function EndedTable({ decisions }: { decisions: readonly Decision[] }) {
  return (
    <DataTable
      label="Ended decisions"
      class="inbox-table"
      columns={COLUMNS}
      rows={decisions}
      keyOf={({ decisionId }) => decisionId}
    />
  );
}
