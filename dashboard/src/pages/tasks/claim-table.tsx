import type { Claim } from "../../../../shared/claims.ts";
import { Tag } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm-dialog.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { TableScroll } from "../../components/page.tsx";
import { formatMoment, RelativeTime } from "../../components/relative-time.tsx";
import { toast } from "../../components/toasts.tsx";
import { instanceHref } from "../../links.ts";
import type { Claims } from "../../models/claims.ts";
import { useModels } from "../../models/models.ts";
import { wordsOf } from "../../models/refresher.ts";

export function ClaimTable({ model }: { model: Claims }) {
  return (
    <>
      <TableScroll label="What is claimed">
        <table class="data-table tasks-table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Holder</th>
              <th scope="col">Since</th>
              <th scope="col">Until</th>
              <th scope="col">Waiting</th>
              <th scope="col">
                <span class="visually-hidden">Take away</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {model.held.value.map((claim) => (
              <ClaimRow key={claim.token} claim={claim} model={model} />
            ))}
          </tbody>
        </table>
      </TableScroll>
      {model.areMore.value && <p class="quiet">These are the oldest. `cc2cc claims` lists all of them.</p>}
    </>
  );
}

function ClaimRow({ claim, model }: { claim: Claim; model: Claims }) {
  const { session, url } = useModels();
  const { name, instanceId, mode, since, until, reason, waiting } = claim;
  return (
    <tr>
      <th scope="row" class="row-name">
        {name}{" "}
        {mode === "shared" && <Tag title="Others may have it, too, as long as nobody wants it alone">shared</Tag>}
        {reason !== undefined && <p class="quiet">{reason}</p>}
      </th>
      <td>
        <InstanceName id={instanceId} onOpen={(id) => url.navigate(instanceHref(id))} />
      </td>
      <td>
        <RelativeTime at={since} />
      </td>
      <td>{formatMoment(until)}</td>
      <td>{waiting === 0 ? <span class="quiet">—</span> : waiting}</td>
      <td class="tasks-cancel">
        {session.isAdmin.value && (
          <Button size="small" variant="ghost" onClick={() => void take(claim, model)} aria-label={`Take away ${name}`}>
            Take away
          </Button>
        )}
      </td>
    </tr>
  );
}

async function take({ name, instanceId, waiting }: Claim, model: Claims): Promise<void> {
  const next = waiting === 0 ? "" : " It goes to the first who waits for it.";
  const isSure = await confirm({
    title: `Take ${name} away?`,
    body: `${instanceId} is told, and may be in the middle of something.${next}`,
    action: "Take away",
  });
  if (!isSure) return;
  try {
    await model.take(name);
    toast(`${name} is free`, { tone: "good" });
  } catch (error) {
    toast(wordsOf(error), { tone: "bad" });
  }
}
