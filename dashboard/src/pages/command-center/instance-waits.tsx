import { useModel } from "@preact/signals";
import { InstanceTasksModel } from "../../models/instance-tasks.ts";
import { useModels } from "../../models/models.ts";
import { WaitingModel } from "../../models/waiting.ts";
import type { WaitEdge } from "../../models/waits.ts";

/** What an instance owes to others, and what it waits for, with a way to both. */
export function InstanceWaits({ instanceId }: { instanceId: string }) {
  const { hub, instances } = useModels();
  const tasks = useModel(() => new InstanceTasksModel(hub, instanceId));
  const waiting = useModel(() => new WaitingModel(hub, instances, tasks.open, instanceId));
  const { edges } = waiting.waits.value;
  const owes = countOf(edges.filter(({ owner }) => owner === instanceId));
  const waits = countOf(edges.filter(({ waiter }) => waiter === instanceId));
  const isRead = tasks.loading.value.kind === "ready" && waiting.loading.value.kind === "ready";
  return (
    <div>
      <dt>Work</dt>
      <dd>
        {!isRead ? (
          <span class="quiet">…</span>
        ) : owes + waits === 0 ? (
          <span class="quiet">owes nothing, waits for nothing</span>
        ) : (
          <>
            <a href={hrefOf("owner", instanceId)}>owes {owes}</a>,{" "}
            <a href={hrefOf("requester", instanceId)}>waits for {waits}</a>
          </>
        )}
      </dd>
    </div>
  );
}

function countOf(edges: readonly WaitEdge[]): number {
  return edges.reduce((count, { items }) => count + items.length, 0);
}

function hrefOf(who: "owner" | "requester", instanceId: string): string {
  return `/tasks?${new URLSearchParams({ view: "waiting", [who]: instanceId })}`;
}
