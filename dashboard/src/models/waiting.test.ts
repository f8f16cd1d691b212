import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { InstanceInfo } from "../../../shared/message.ts";
import type { Task } from "../../../shared/tasks.ts";
import { makeRecord, makeStandInHub, sent } from "../test-kit/stand-in-hub.ts";
import { InstancesModel } from "./instances.ts";
import { WaitingModel } from "./waiting.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function make(ids: string[], questions: ReturnType<typeof makeRecord>[]) {
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
  await vi.advanceTimersByTimeAsync(0);
  expect(loading.value.kind).toBe("ready");
  const pairs = () => waits.value.edges.map(({ waiter, owner }) => `${waiter} > ${owner}`);
  return { hub, tasks, pairs };
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

it("reads again after a question or an answer, and not after other messages", async () => {
  const { hub } = await make([], []);
  hub.tell(sent(makeRecord(1, { type: "task" })));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(hub.requests).toEqual([]);
  hub.tell(sent(makeRecord(2, { type: "result", replyToMessageId: makeRecord(1).messageId })));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(hub.requests).toHaveLength(1);
});
