import { Users } from "lucide";
import type { KeyInfo } from "../../../../shared/keys.ts";
import { Tag } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm-dialog.tsx";
import { type Column, DataTable } from "../../components/data-table.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { Popover } from "../../components/popover.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { sayOutcome } from "../../components/say-outcome.ts";
import { instanceHref } from "../../links.ts";
import type { Keys } from "../../models/keys.ts";
import { useModels } from "../../models/models.ts";

const SCOPE_MEANINGS = {
  admin: "may do everything",
  approver: "a person's: answers approvals, and may what a member may",
  member: "connects, sends and keeps topics",
  observer: "reads, and sends nothing",
} as const;

const COLUMNS: readonly Column<KeyInfo>[] = [
  {
    title: "Name",
    kind: "name",
    cell: ({ name, origin }) => (
      <>
        {name} {origin === "environment" && <Tag title="Given by CC2CC_HUB_API_KEY or the key file">environment</Tag>}
      </>
    ),
  },
  { title: "Scope", cell: ({ scope }) => <span title={SCOPE_MEANINGS[scope]}>{scope}</span> },
  {
    title: "Only for",
    cell: ({ pattern }) => (pattern === undefined ? <span class="quiet">everyone</span> : <code>{pattern}</code>),
  },
  { title: "Last used", cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} never="never" /> },
  { title: "In use by", cell: (info) => <UsedBy info={info} /> },
  { title: "Made", cell: ({ createdAt }) => <Moment at={createdAt} never="—" /> },
];

export function KeyTable({ model }: { model: Keys }) {
  return (
    <DataTable
      label="Keys"
      class="keys-table"
      columns={[...COLUMNS, { title: "Revoke", kind: "actions", cell: (info) => <Revoke info={info} model={model} /> }]}
      rows={model.keys.value}
      keyOf={({ id }) => id}
    />
  );
}

function Moment({ at, never }: { at: string | undefined; never: string }) {
  return at === undefined ? <span class="quiet">{never}</span> : <RelativeTime at={at} />;
}

function Revoke({ info, model }: { info: KeyInfo; model: Keys }) {
  const { session } = useModels();
  const isOwn = session.info.value?.name === info.name;
  if (info.origin !== "minted") return null;
  return (
    <Button
      size="small"
      variant="ghost"
      onClick={() => void revoke(info, model, isOwn)}
      aria-label={`Revoke ${info.name}`}
    >
      Revoke
    </Button>
  );
}

/** Who would notice if the key were gone. */
function UsedBy({ info }: { info: KeyInfo }) {
  if (info.connections === 0) return <span class="quiet">nobody</span>;
  const others = info.connections - info.instances.length;
  return (
    <Popover
      label={`Who uses ${info.name}`}
      class="keys-users"
      trigger={(props) => (
        <Button size="small" variant="ghost" icon={Users} {...props}>
          {info.connections} open
        </Button>
      )}
    >
      <ul>
        {info.instances.map((id) => (
          <li key={id}>
            <a href={instanceHref(id)}>
              <InstanceName id={id} />
            </a>
          </li>
        ))}
      </ul>
      {others > 0 && (
        <p class="quiet">
          {others === 1
            ? "and one page or stream of events"
            : `and ${others} pages, streams of events or further sessions`}
        </p>
      )}
    </Popover>
  );
}

async function revoke(info: KeyInfo, model: Keys, isOwn: boolean): Promise<void> {
  const users =
    info.connections === 1 ? "One connection that uses it is" : `${info.connections} connections that use it are`;
  const isSure = await confirm({
    title: `Revoke the key ${info.name}?`,
    body: (
      <>
        {isOwn && <p>You are signed in with this key: you will be signed out.</p>}
        <p>
          {info.connections > 0 && `${users} closed at once. `}
          It opens nothing any more, and cannot be brought back.
        </p>
      </>
    ),
    action: "Revoke",
    typed: info.name,
  });
  if (isSure) await sayOutcome(model.revoke(info.id), `${info.name} is revoked`);
}
