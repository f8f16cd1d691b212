import type { Claim } from "../../../../shared/claims.ts";
import { Tag } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm-dialog.tsx";
import { type Column, DataTable } from "../../components/data-table.tsx";
import { formatMoment, RelativeTime } from "../../components/relative-time.tsx";
import { sayOutcome } from "../../components/say-outcome.ts";
import { Somebody } from "../../components/somebody.tsx";
import type { Claims } from "../../models/claims.ts";
import { useModels } from "../../models/models.ts";

export function ClaimTable({ model }: { model: Claims }) {
  const { session } = useModels();
  const columns: Column<Claim>[] = [
    { title: "Name", kind: "name", cell: (claim) => <Name claim={claim} /> },
    { title: "Holder", cell: ({ instanceId }) => <Somebody id={instanceId} /> },
    { title: "Since", cell: ({ since }) => <RelativeTime at={since} /> },
    { title: "Until", cell: ({ until }) => formatMoment(until) },
    { title: "Waiting", cell: ({ waiting }) => (waiting === 0 ? <span class="quiet">—</span> : waiting) },
    {
      title: "Take away",
      kind: "actions",
      cell: (claim) =>
        session.isAdmin.value && (
          <Button
            size="small"
            variant="ghost"
            onClick={() => void take(claim, model)}
            aria-label={`Take away ${claim.name}`}
          >
            Take away
          </Button>
        ),
    },
  ];
  return (
    <>
      <DataTable
        label="What is claimed"
        class="tasks-table"
        columns={columns}
        rows={model.held.value}
        keyOf={({ token }) => token}
      />
      {model.areMore.value && <p class="quiet">These are the oldest. `cc2cc claims` lists all of them.</p>}
    </>
  );
}

function Name({ claim: { name, mode, reason } }: { claim: Claim }) {
  return (
    <>
      {name} {mode === "shared" && <Tag title="Others may have it, too, as long as nobody wants it alone">shared</Tag>}
      {reason !== undefined && <p class="quiet">{reason}</p>}
    </>
  );
}

async function take({ name, instanceId, waiting }: Claim, model: Claims): Promise<void> {
  const next = waiting === 0 ? "" : " It goes to the first who waits for it.";
  const isSure = await confirm({
    title: `Take ${name} away?`,
    body: `${instanceId} is told, and may be in the middle of something.${next}`,
    action: "Take away",
  });
  if (isSure) await sayOutcome(model.take(name), `${name} is free`);
}
