import { useModel } from "@preact/signals";
import { MessageSquare } from "lucide";
import { useEffect } from "preact/hooks";
import type { MessageRecord } from "../../../../shared/history.ts";
import type { InstanceInfo } from "../../../../shared/message.ts";
import { PausedBadge, Presence, RoleBadge, StateBadge, StoppedBadge, Tag, TypeBadge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { Drawer } from "../../components/drawer.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { ListState } from "../../components/list-state.tsx";
import { PauseFact } from "../../components/pause-control.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { firstLine } from "../../models/first-line.ts";
import { type InstanceDetails, InstanceDetailsModel } from "../../models/instance-details.ts";
import { useModels } from "../../models/models.ts";
import { InstanceActions } from "./instance-actions.tsx";
import { InstanceQueue } from "./instance-queue.tsx";
import { InstanceSchedules } from "./instance-schedules.tsx";
import { InstanceTopics } from "./instance-topics.tsx";
import { InstanceWaits } from "./instance-waits.tsx";
import "../../components/fields.css";
import "./instance-drawer.css";
import { threadHref, timelineHref } from "../../links.ts";

export interface InstanceDrawerProps {
  instanceId: string;
  onClose(): void;
  /** Begins a message to it; where that is left out, the drawer links to the Command Center. */
  onWrite?(instanceId: string): void;
}

/** Everything about one instance, and what can be done with it. */
export function InstanceDrawer({ instanceId, onClose, onWrite }: InstanceDrawerProps) {
  const { hub, messages } = useModels();
  return (
    <Drawer title={<InstanceName id={instanceId} />} onClose={onClose}>
      <Details
        key={instanceId}
        instanceId={instanceId}
        makeModel={() => new InstanceDetailsModel(hub, messages, instanceId)}
        onWrite={onWrite}
      />
    </Drawer>
  );
}

interface DetailsProps {
  instanceId: string;
  makeModel(): InstanceType<typeof InstanceDetailsModel>;
  onWrite: InstanceDrawerProps["onWrite"];
}

function Details({ instanceId, makeModel, onWrite }: DetailsProps) {
  const { instances, session, outbox } = useModels();
  const model = useModel(makeModel);
  const instance = instances.byId.value.get(instanceId);
  useEffect(() => {
    // It came or went: what the last ping said is no longer so.
    if (instance !== undefined) model.forgetPing();
  }, [instance?.status, model]);
  return (
    <>
      <Facts instanceId={instanceId} instance={instance} isOwn={outbox.sender.value === instanceId} />
      {instance === undefined && instances.isLoaded.value && (
        <p class="quiet">The hub does not know it any more. What it wrote stays in history.</p>
      )}
      {onWrite && session.canSend.value && instance !== undefined && (
        <Button icon={MessageSquare} onClick={() => onWrite(instanceId)}>
          Write to it
        </Button>
      )}
      <p>
        <a href={timelineHref(instanceId)}>What it did, over time</a>
      </p>
      <InstanceActions instanceId={instanceId} instance={instance} model={model} />
      <InstanceQueue model={model} />
      {instance !== undefined && <InstanceSchedules instanceId={instanceId} />}
      {instance !== undefined && <InstanceTopics instance={instance} />}
      <Recent instanceId={instanceId} model={model} />
    </>
  );
}

function Facts(props: { instanceId: string; instance: InstanceInfo | undefined; isOwn: boolean }) {
  const { instanceId, instance } = props;
  const { stoppedInstances } = useModels();
  return (
    <dl class="fields">
      <div>
        <dt>Id</dt>
        <dd>
          <code>{instanceId}</code> <CopyButton size="small" what="id" text={instanceId} />
          {props.isOwn && <Tag>this tab</Tag>}
        </dd>
      </div>
      {instance && (
        <>
          <div>
            <dt>Presence</dt>
            <dd>
              <Presence isOnline={instance.status === "online"} hasWord />{" "}
              {instance.paused && <PausedBadge paused={instance.paused} />}{" "}
              {stoppedInstances.value.has(instanceId) && <StoppedBadge />}{" "}
              {instance.status === "offline" && instance.lastSeenAt !== "" && (
                <span class="quiet">
                  last seen <RelativeTime at={instance.lastSeenAt} />
                </span>
              )}
              {instance.status === "online" && instance.connectedAt !== "" && (
                <span class="quiet">
                  since <RelativeTime at={instance.connectedAt} />
                </span>
              )}
            </dd>
          </div>
          {instance.paused && (
            <div>
              <dt>Paused</dt>
              <dd>
                <PauseFact paused={instance.paused} />
              </dd>
            </div>
          )}
          <div>
            <dt>Role</dt>
            <dd>{instance.role ? <RoleBadge role={instance.role} /> : <span class="quiet">none</span>}</dd>
          </div>
          <div>
            <dt>Project</dt>
            <dd>{instance.project}</dd>
          </div>
          <InstanceWaits instanceId={instanceId} />
        </>
      )}
    </dl>
  );
}

function Recent({ instanceId, model }: { instanceId: string; model: InstanceDetails }) {
  const rows = model.recent.value;
  return (
    <section class="drawer-part" aria-label="Recent messages">
      <h3>Recent messages</h3>
      <ListState
        loading={model.recentLoading.value}
        isEmpty={rows.length === 0}
        empty={<p class="quiet">It has sent and received nothing that history still has.</p>}
      >
        <ul class="drawer-messages">
          {rows.map((row) => (
            <li key={row.value.messageId}>
              <RecentMessage message={row.value} isSent={row.value.from === instanceId} />
            </li>
          ))}
        </ul>
      </ListState>
    </section>
  );
}

/** In two lines: a drawer has no room for one. */
function RecentMessage({ message, isSent }: { message: MessageRecord; isSent: boolean }) {
  return (
    <a class="drawer-row" href={threadHref(message.messageId)}>
      <TypeBadge type={message.type} />
      <span class="quiet">{isSent ? "to" : "from"}</span>
      <InstanceName id={isSent ? message.to : message.from} />
      <RelativeTime at={message.timestamp} class="quiet" />
      <StateBadge state={message.state} />
      <span class="drawer-row-text ellipsis">{firstLine(message.content)}</span>
    </a>
  );
}
