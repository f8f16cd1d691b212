import { Users } from "lucide";
import type { KeyInfo } from "../../../../shared/keys.ts";
import { Tag } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm-dialog.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { TableScroll } from "../../components/page.tsx";
import { Popover } from "../../components/popover.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { toast } from "../../components/toasts.tsx";
import { instanceHref } from "../../links.ts";
import type { Keys } from "../../models/keys.ts";
import { useModels } from "../../models/models.ts";
import { wordsOf } from "../../models/refresher.ts";

const SCOPE_MEANINGS = {
  admin: "may do everything",
  approver: "a person's: answers approvals, and may what a member may",
  member: "connects, sends and keeps topics",
  observer: "reads, and sends nothing",
} as const;

export function KeyTable({ model }: { model: Keys }) {
  return (
    <TableScroll label="Keys">
      <table class="data-table keys-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Scope</th>
            <th scope="col">Only for</th>
            <th scope="col">Last used</th>
            <th scope="col">In use by</th>
            <th scope="col">Made</th>
            <th scope="col">
              <span class="visually-hidden">Revoke</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {model.keys.value.map((key) => (
            <KeyRow key={key.id} info={key} model={model} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function KeyRow({ info, model }: { info: KeyInfo; model: Keys }) {
  const { session } = useModels();
  const isOwn = session.info.value?.name === info.name;
  return (
    <tr>
      <th scope="row" class="keys-name">
        {info.name}{" "}
        {info.origin === "environment" && <Tag title="Given by CC2CC_HUB_API_KEY or the key file">environment</Tag>}
      </th>
      <td title={SCOPE_MEANINGS[info.scope]}>{info.scope}</td>
      <td>{info.pattern === undefined ? <span class="quiet">everyone</span> : <code>{info.pattern}</code>}</td>
      <td>
        {info.lastUsedAt === undefined ? <span class="quiet">never</span> : <RelativeTime at={info.lastUsedAt} />}
      </td>
      <td>
        <UsedBy info={info} />
      </td>
      <td>{info.createdAt === undefined ? <span class="quiet">—</span> : <RelativeTime at={info.createdAt} />}</td>
      <td class="keys-revoke">
        {info.origin === "minted" && (
          <Button
            size="small"
            variant="ghost"
            onClick={() => void revoke(info, model, isOwn)}
            aria-label={`Revoke ${info.name}`}
          >
            Revoke
          </Button>
        )}
      </td>
    </tr>
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
  if (!isSure) return;
  try {
    await model.revoke(info.id);
    toast(`${info.name} is revoked`, { tone: "good" });
  } catch (error) {
    toast(wordsOf(error), { tone: "bad" });
  }
}
