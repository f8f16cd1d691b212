import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Task } from "../../../shared/tasks.ts";
import { makeStandInHub } from "../test-kit/stand-in-hub.ts";
import { TasksModel } from "./tasks.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const timestamp = "2026-11-22T12:00:00.000Z";

function taskOf(title: string, changes: Partial<Task> = {}): Task {
  const base = { requester: "ana@desk:web/1", owner: "ben@desk:web/1", openedAt: timestamp, changedAt: timestamp };
  return { taskId: crypto.randomUUID(), title, state: "submitted", ...base, ...changes };
}

/** A model whose two questions have been answered. */
async function makeTasks(open: Task[], ended: Task[], nextCursor?: string) {
  const hub = makeStandInHub();
  const tasks = new TasksModel(hub);
  const [first, second] = [hub.take("/api/tasks"), hub.take("/api/tasks")];
  expect([first.query, second.query]).toEqual([
    { state: "open", limit: 200 },
    { state: "ended", limit: 50 },
  ]);
  first.answer({ items: open, ...(nextCursor === undefined ? {} : { nextCursor }) });
  second.answer({ items: ended });
  await vi.advanceTimersByTimeAsync(0);
  return { hub, tasks };
}

it("has the open ones and the last that ended, and says when there are more", async () => {
  const { tasks } = await makeTasks([taskOf("one")], [taskOf("two", { state: "failed" })], "7");
  expect(tasks.open.value.map(({ title }) => title)).toEqual(["one"]);
  expect(tasks.ended.value.map(({ title }) => title)).toEqual(["two"]);
  expect([tasks.areMoreOpen.value, tasks.loading.value.kind]).toEqual([true, "ready"]);
});

it("reads again when a task, a session or a message is another, and not for other events", async () => {
  const { hub, tasks } = await makeTasks([], []);
  hub.tell({ event: "instance:left", timestamp, instanceId: "ana@desk:web/1" });
  vi.advanceTimersByTime(1_000);
  expect(hub.requests).toEqual([]);
  const { taskId, requester } = taskOf("one");
  hub.tell({ event: "task:changed", timestamp, taskId, state: "submitted", requester });
  vi.advanceTimersByTime(1_000);
  hub.take("/api/tasks").answer({ items: [taskOf("one")] });
  hub.take("/api/tasks").answer({ items: [] });
  await vi.advanceTimersByTimeAsync(0);
  expect(tasks.open.value).toHaveLength(1);
});
