import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Task } from "../../../shared/tasks.ts";
import { makeStandInHub } from "../test-kit/stand-in-hub.ts";
import { InstanceTasksModel } from "./instance-tasks.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const [ana, ben] = ["ana@desk:web/1", "ben@desk:web/1"];
const timestamp = "2026-11-22T12:00:00.000Z";
const taskOf = (taskId: string, requester: string, owner: string): Task => ({
  taskId,
  title: taskId,
  state: "submitted",
  requester,
  owner,
  openedAt: timestamp,
  changedAt: timestamp,
});

it("has what one owes and what one asked for, and reads again for its own tasks only", async () => {
  const hub = makeStandInHub();
  const model = new InstanceTasksModel(hub, ben);
  const [has, asked] = [hub.take("/api/tasks"), hub.take("/api/tasks")];
  expect([has.query, asked.query]).toEqual([
    { owner: ben, state: "open", limit: 200 },
    { requester: ben, state: "open", limit: 200 },
  ]);
  has.answer({ items: [taskOf("one", ana, ben), taskOf("own", ben, ben)] });
  asked.answer({ items: [taskOf("own", ben, ben)] });
  await vi.advanceTimersByTimeAsync(0);
  expect(model.open.value.map(({ taskId }) => taskId)).toEqual(["one", "own"]);
  const change = {
    event: "task:changed",
    timestamp,
    state: "submitted",
    requester: ana,
    owner: "cy@desk:web/1",
  } as const;
  hub.tell({ ...change, taskId: "other" });
  vi.advanceTimersByTime(1_000);
  expect(hub.requests).toEqual([]);
  hub.tell({ ...change, taskId: "one" });
  vi.advanceTimersByTime(1_000);
  expect(hub.requests).toHaveLength(2);
});
