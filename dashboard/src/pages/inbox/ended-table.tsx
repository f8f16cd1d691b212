import type { Decision } from "../../../../shared/decisions.ts";
import { Tag } from "../../components/badge.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { TableScroll } from "../../components/page.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { instanceHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import { showHidden } from "./words.ts";
import "../../components/row-name.css";

/** What was decided, by whom. */
export function EndedTable({ decisions }: { decisions: readonly Decision[] }) {
  return (
    <TableScroll label="Ended decisions">
      <table class="data-table inbox-table">
        <thead>
          <tr>
            <th scope="col">Asked</th>
            <th scope="col">Answer</th>
            <th scope="col">By</th>
            <th scope="col">Session</th>
            <th scope="col">Ended</th>
          </tr>
        </thead>
        <tbody>
          {decisions.map((decision) => (
            <EndedRow key={decision.decisionId} decision={decision} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function EndedRow({ decision }: { decision: Decision }) {
  const { url } = useModels();
  const { question, tool, answer, answeredBy, note, instanceId, endedAt, state } = decision;
  return (
    <tr>
      <th scope="row" class="row-name">
        {tool !== undefined && <Tag>{tool}</Tag>} {showHidden(question)}
      </th>
      <td class="inbox-answer">
        {answer ?? <span class="quiet">{state === "withdrawn" ? "taken back" : "none in time"}</span>}
        {note !== undefined && <p class="quiet">{note}</p>}
      </td>
      <td>{answeredBy ?? <span class="quiet">{answer === undefined ? "—" : "its default"}</span>}</td>
      <td>
        <InstanceName id={instanceId} onOpen={(id) => url.navigate(instanceHref(id))} />
      </td>
      <td>{endedAt !== undefined && <RelativeTime at={endedAt} />}</td>
    </tr>
  );
}
