import { signal } from "@preact/signals";
import { X } from "lucide";
import type { InstanceInfo } from "../../../../shared/message.ts";
import { CountBadge, PausedBadge, Presence, RoleBadge, StoppedBadge } from "../../components/badge.tsx";
import { IconButton } from "../../components/button.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { topicHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import type { DrawActivity } from "./sparklines.tsx";

/** Draws how much a session said of late, once the part of the page is there that counts it. */
export const drawActivity = signal<DrawActivity | undefined>(undefined);

export function SessionItem({ instance, onRemove }: { instance: InstanceInfo; onRemove(): void }) {
  const { url, session, hub, stoppedInstances } = useModels();
  const { instanceId, role, queueDepth, status, paused } = instance;
  const isOnline = status === "online";
  const isSelected = url.param("instance").value === instanceId;
  const isThisTab = hub.participant.instanceId.value === instanceId;
  const select = () =>
    url.set(isSelected ? { instance: null, drawer: null } : { instance: instanceId, drawer: "open", at: null }, "push");
  return (
    <div class="sidebar-row">
      <button type="button" class="sidebar-link" aria-pressed={isSelected} onClick={select} title={instanceId}>
        <Presence isOnline={isOnline} />
        <span class="sidebar-who">
          <InstanceName id={instanceId} />
          {isThisTab && <span class="badge">this tab</span>}
          {role !== undefined && role !== "" && <RoleBadge role={role} />}
          {paused !== undefined && <PausedBadge paused={paused} />}
          {stoppedInstances.value.has(instanceId) && <StoppedBadge />}
        </span>
      </button>
      {drawActivity.value?.(instanceId)}
      {queueDepth > 0 && <CountBadge count={queueDepth} label="waiting" />}
      {!isOnline && session.canRemove.value(instanceId) && (
        <IconButton size="small" icon={X} label={`Remove ${instanceId}`} onClick={onRemove} />
      )}
    </div>
  );
}

export function TopicItem({ name, count }: { name: string; count?: number }) {
  return (
    <div class="sidebar-row">
      <a
        class="sidebar-link"
        href={topicHref(name)}
        title={count === undefined ? name : `Topic ${name}, ${count} subscribed`}
      >
        <span class="sidebar-hash" aria-hidden="true">
          #
        </span>
        <span class="ellipsis">{name}</span>
      </a>
      {count !== undefined && <CountBadge count={count} label="subscribed" />}
    </div>
  );
}
