import { expect, it } from "vitest";
import type { HubEvent } from "../../../shared/events.ts";
import type { InstanceInfo } from "../../../shared/message.ts";
import { makeStandInHub, settle } from "../test-kit/stand-in-hub.ts";
import { InstancesModel } from "./instances.ts";
import { TopicsModel } from "./topics.ts";

const timestamp = "2026-11-22T12:00:00.000Z";
const ANA = "ana@desk:web/1";
const BOB = "bob@desk:api/1";

function infoOf(instanceId: string, changes: Partial<InstanceInfo> = {}): InstanceInfo {
  const base = { project: "web", connectedAt: timestamp, lastSeenAt: timestamp, queueDepth: 0, topics: [] };
  return { instanceId, status: "online", ...base, ...changes };
}

async function makeInstances(known: InstanceInfo[]) {
  const hub = makeStandInHub();
  const instances = new InstancesModel(hub);
  void instances.load();
  hub.take("/api/instances").answer(known);
  await settle();
  const idsOf = (list: readonly InstanceInfo[]) => list.map(({ instanceId }) => instanceId);
  const shown = () => ({ online: idsOf(instances.online.value), offline: idsOf(instances.offline.value) });
  return { hub, instances, shown };
}

it("are sorted by name, apart by presence, and follow what happens", async () => {
  const { instances, shown } = await makeInstances([infoOf(BOB), infoOf(ANA)]);
  expect(shown()).toEqual({ online: [ANA, BOB], offline: [] });
  instances.apply([
    { event: "instance:left", timestamp, instanceId: ANA },
    { event: "instance:joined", timestamp, instanceId: "carl@desk:api/1" },
    { event: "queue:stats", timestamp, instanceId: ANA, depth: 4 },
    { event: "instance:role_updated", timestamp, instanceId: BOB, role: "reviewer" },
  ]);
  expect(shown()).toEqual({ online: [BOB, "carl@desk:api/1"], offline: [ANA] });
  expect(instances.byId.value.get(ANA)?.queueDepth).toBe(4);
  expect([...instances.roles.value.keys()]).toEqual(["reviewer"]);
  instances.apply([
    { event: "instance:removed", timestamp, instanceId: ANA },
    { event: "instance:role_updated", timestamp, instanceId: BOB, role: "" },
  ]);
  expect(shown().offline).toEqual([]);
  expect(instances.roles.value.size).toBe(0);
});

it("keep role, queue and topics over a change of session", async () => {
  const { instances, shown } = await makeInstances([infoOf(ANA, { role: "reviewer", topics: ["web"] })]);
  const newInstanceId = "ana@desk:web/2";
  instances.apply([{ event: "instance:session_updated", timestamp, oldInstanceId: ANA, newInstanceId, migrated: 0 }]);
  expect(shown().online).toEqual([newInstanceId]);
  expect(instances.byId.value.get(newInstanceId)).toMatchObject({ role: "reviewer", topics: ["web"] });
});

it("lose nothing that happens while they are read", async () => {
  const { hub, instances, shown } = await makeInstances([]);
  void instances.load();
  instances.apply([{ event: "instance:joined", timestamp, instanceId: ANA }]);
  hub.take("/api/instances").answer([infoOf(BOB)]);
  await settle();
  expect(shown().online).toEqual([ANA, BOB]);
});

it("are not made up from what is said of one that is not known", async () => {
  const { instances } = await makeInstances([]);
  instances.apply([{ event: "queue:stats", timestamp, instanceId: ANA, depth: 1 }]);
  expect(instances.byId.value.size).toBe(0);
});

it("go when they are removed, and stay when the hub refuses", async () => {
  const { hub, instances, shown } = await makeInstances([infoOf(ANA, { status: "offline" })]);
  const refused = instances.remove(ANA).catch(() => "refused");
  hub.requests.pop()?.refuse(new Error("409") as never);
  expect(await refused).toBe("refused");
  expect(shown().offline).toEqual([ANA]);
  const removed = instances.remove(ANA);
  hub.take(`/api/instances/${encodeURIComponent(ANA)}`).answer({ removed: true });
  await removed;
  expect(shown().offline).toEqual([]);
});

it("and topics count each subscriber once, whatever is told twice", async () => {
  const hub = makeStandInHub();
  const topics = new TopicsModel(hub);
  void topics.load();
  hub.take("/api/topics").answer([{ name: "web", subscribers: [ANA] }]);
  await settle();
  const joined: HubEvent = { event: "topic:subscribed", timestamp, name: "web", instanceId: BOB };
  topics.apply([joined, joined, { event: "topic:created", timestamp, name: "api", createdBy: BOB }]);
  expect(topics.all.value.map(({ name, subscriberCount }) => [name, subscriberCount])).toEqual([
    ["api", 0],
    ["web", 2],
  ]);
  topics.apply([
    { event: "instance:removed", timestamp, instanceId: ANA },
    { event: "topic:deleted", timestamp, name: "api" },
  ]);
  expect(topics.all.value.map(({ name, subscribers }) => [name, subscribers])).toEqual([["web", [BOB]]]);
});
