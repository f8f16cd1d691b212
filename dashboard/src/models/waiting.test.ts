import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { InstanceInfo } from "../../../shared/message.ts";
import type { ClaimWait } from "../../../shared/rest.ts";
import type { Task } from "../../../shared/tasks.ts";
import { makeRecord, makeStandInHub, sent } from "../test-kit/stand-in-hub.ts";
import { InstancesModel } from "./instances.ts";
import { WaitingModel } from "./waiting.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function make(ids: string[], questions: ReturnType<typeof makeRecord>[], claims: ClaimWait[] = []) {
  const hub = makeStandInHub();
  const instances = new InstancesModel(hub);
  const loaded = instances.load();
  hub
    .take("/api/instances")
    .answer(ids.map((instanceId) => ({ instanceId, status: "online", topics: [] }) as unknown as InstanceInfo));
  await loaded;
  const tasks = signal<Task[]>([]);
  const { waits, loading } = new WaitingModel(hub, instances, tasks);
  const request = hub.take("/api/messages");
  expect(request.query).toEqual({ q: "is:unanswered type:question", limit: 200 });
  request.answer({ items: questions });
  hub.take("/api/claims/waits").answer({ items: claims, nextCursor: null });
  await vi.advanceTimersByTimeAsync(0);
  expect(loading.value.kind).toBe("ready");
  const pairs = () => waits.value.edges.map(({ waiter, owner }) => `${waiter} > ${owner}`);
  const rings = () =>
    waits.value.rings.map(({ edges }) => edges.map(({ items: [item] }) => `${item?.kind} ${item?.id}`));
  return { hub, tasks, pairs, rings };
}

it("joins questions to who is here, over a session change, and leaves out who is gone and what was published", async () => {
  const asks = (n: number, from: string, to: string, more = {}) =>
    makeRecord(n, { type: "question", from, to, ...more });
  const { pairs, tasks } = await make(
    ["ana@desk:web/1", "bob@desk:api/2"],
    [
      asks(1, "ana@desk:web/1", "bob@desk:api/1"),
      asks(2, "bob@desk:api/2", "gone@desk:api/1"),
      asks(3, "ana@desk:web/1", "topic:web", { topicName: "web" }),
    ],
  );
  expect(pairs()).toEqual(["ana@desk:web/1 > bob@desk:api/2"]);
  const timestamp = "2026-11-22T13:00:00.000Z";
  tasks.value = [
    {
      taskId: "t",
      title: "t",
      state: "working",
      requester: "bob@desk:api/2",
      owner: "ana@desk:web/1",
      openedAt: timestamp,
      changedAt: timestamp,
    },
  ];
  expect(pairs()).toEqual(["ana@desk:web/1 > bob@desk:api/2", "bob@desk:api/2 > ana@desk:web/1"]);
});

it("joins who stands in line for a claim to who holds it, and closes rings over tasks", async () => {
  const [ana, bob] = ["ana@desk:web/1", "bob@desk:api/2"];
  const since = "2026-11-22T13:00:00.000Z";
  const wait = { instanceId: ana, names: ["deploy"], mode: "exclusive" as const, since };
  const { pairs, rings, tasks } = await make(
    [],
    [],
    [{ ...wait, waitsFor: [{ instanceId: bob, name: "deploy", isHeld: true }] }],
  );
  expect(pairs()).toEqual([`${ana} > ${bob}`]);
  expect(rings()).toEqual([]);
  const task = { taskId: "t", title: "t", state: "working", openedAt: since, changedAt: since } as const;
  tasks.value = [{ ...task, requester: bob, owner: ana }];
  expect(rings()).toEqual([["claim deploy", "task t"]]);
});

it("reads who stands in line again after a claim, and not after other events", async () => {
  const { hub } = await make([], []);
  const timestamp = "2026-11-22T13:00:00.000Z";
  hub.tell({ event: "topic:deleted", timestamp, name: "web" });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(hub.requests).toEqual([]);
  hub.tell({ event: "claim:waiting", timestamp, instanceId: "ana@desk:web/1", waits: 1 });
  await vi.advanceTimersByTimeAsync(3_000);
  hub.take("/api/claims/waits");
  expect(hub.requests).toEqual([]);
});

it("reads again after a question or an answer, and not after other messages", async () => {
  const { hub } = await make([], []);
  hub.tell(sent(makeRecord(1, { type: "task" })));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(hub.requests).toEqual([]);
  hub.tell(sent(makeRecord(2, { type: "result", replyToMessageId: makeRecord(1).messageId })));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(hub.requests).toHaveLength(1);
});
