/** Who the hub knows, online and offline: a snapshot by REST, kept true by events. */
import { computed, createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { InstanceInfo } from "../../../shared/message.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { createCatchUp } from "./catch-up.ts";

export interface Instances {
  /** By id. */
  byId: ReadonlySignal<ReadonlyMap<string, InstanceInfo>>;
  /** By name. */
  online: ReadonlySignal<readonly InstanceInfo[]>;
  /** By name. */
  offline: ReadonlySignal<readonly InstanceInfo[]>;
  /** Roles that someone has, by name, and who has them. */
  roles: ReadonlySignal<ReadonlyMap<string, readonly InstanceInfo[]>>;
  isLoaded: ReadonlySignal<boolean>;
  /** Reads all anew. Rejects with a `RestProblem`. */
  load(): Promise<void>;
  apply(events: readonly HubEvent[]): void;
  /** Removes an offline instance and ends its queue. Rejects with a `RestProblem` (409 when it came back). */
  remove(instanceId: string): Promise<void>;
  clear(): void;
}

export const InstancesModel = createModel((hub: Hub): Instances => {
  const byId = signal<ReadonlyMap<string, InstanceInfo>>(new Map());
  const isLoaded = signal(false);
  const catchUp = createCatchUp<HubEvent>();
  const sorted = computed(() =>
    [...byId.value.values()].sort((a, b) => (a.instanceId < b.instanceId ? -1 : a.instanceId > b.instanceId ? 1 : 0)),
  );

  return {
    byId,
    online: computed(() => sorted.value.filter(({ status }) => status === "online")),
    offline: computed(() => sorted.value.filter(({ status }) => status === "offline")),
    roles: computed(() => groupByRole(sorted.value)),
    isLoaded,
    async load() {
      const { result, missed } = await catchUp.during(() => hub.rest.get<InstanceInfo[]>("/api/instances"));
      const next = new Map(result.map((instance) => [instance.instanceId, instance]));
      for (const event of missed) applyTo(next, event);
      byId.value = next;
      isLoaded.value = true;
    },
    apply(events) {
      catchUp.note(events);
      const next = new Map(byId.peek());
      let isChanged = false;
      for (const event of events) isChanged = applyTo(next, event) || isChanged;
      if (isChanged) byId.value = next;
    },
    async remove(instanceId) {
      await hub.rest.delete(path`/api/instances/${instanceId}`);
      const next = new Map(byId.peek());
      next.delete(instanceId);
      byId.value = next;
    },
    clear() {
      byId.value = new Map();
      isLoaded.value = false;
    },
  };
});

function groupByRole(instances: readonly InstanceInfo[]): Map<string, InstanceInfo[]> {
  const withRole = instances.filter(({ role }) => role !== undefined && role !== "");
  const names = [...new Set(withRole.map(({ role }) => role as string))].sort();
  return new Map(names.map((name) => [name, withRole.filter(({ role }) => role === name)]));
}

/** True when the event changed something. */
function applyTo(all: Map<string, InstanceInfo>, event: HubEvent): boolean {
  const change = (instanceId: string, changes: Partial<InstanceInfo>) => {
    const known = all.get(instanceId);
    if (known !== undefined) all.set(instanceId, { ...known, ...changes });
    return known !== undefined;
  };
  switch (event.event) {
    case "instance:joined": {
      const known = all.get(event.instanceId) ?? newInstance(event.instanceId);
      all.set(event.instanceId, {
        ...known,
        status: "online",
        connectedAt: event.timestamp,
        lastSeenAt: event.timestamp,
      });
      return true;
    }
    case "instance:left":
      return change(event.instanceId, { status: "offline", lastSeenAt: event.timestamp });
    case "instance:removed":
      return all.delete(event.instanceId);
    case "instance:session_updated": {
      const old = all.get(event.oldInstanceId) ?? newInstance(event.newInstanceId);
      all.delete(event.oldInstanceId);
      all.set(event.newInstanceId, { ...old, instanceId: event.newInstanceId });
      return true;
    }
    case "instance:role_updated":
      return change(event.instanceId, { role: event.role });
    case "queue:stats":
      return change(event.instanceId, { queueDepth: event.depth });
    case "topic:subscribed": {
      const topics = all.get(event.instanceId)?.topics ?? [];
      return !topics.includes(event.name) && change(event.instanceId, { topics: [...topics, event.name].sort() });
    }
    case "topic:unsubscribed": {
      const topics = all.get(event.instanceId)?.topics ?? [];
      return change(event.instanceId, { topics: topics.filter((name) => name !== event.name) });
    }
    default:
      return false;
  }
}

function newInstance(instanceId: string): InstanceInfo {
  const project = instanceId.slice(instanceId.indexOf(":") + 1, instanceId.lastIndexOf("/"));
  return { instanceId, project, status: "online", connectedAt: "", lastSeenAt: "", queueDepth: 0, topics: [] };
}
