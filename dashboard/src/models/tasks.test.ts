import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Task } from "../../../shared/tasks.ts";
import { RestProblem } from "../adapter/rest.ts";
import { makeStandInHub } from "../test-kit/stand-in-hub.ts";
import { TasksModel } from "./tasks.ts";
import { spanOf } from "./time-span.ts";

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
  const span = signal(spanOf("today"));
  const tasks = new TasksModel(hub, span);
  const [first, second] = [hub.take("/api/tasks"), hub.take("/api/tasks")];
  expect([first.query, second.query]).toEqual([
    { state: "open", limit: 200 },
    { state: "ended", limit: 200, changedFrom: new Date(new Date().setHours(0, 0, 0, 0)).toISOString() },
  ]);
  first.answer({ items: open, ...(nextCursor === undefined ? {} : { nextCursor }) });
  second.answer({ items: ended });
  await vi.advanceTimersByTimeAsync(0);
  return { hub, tasks, span };
}

it("has the open ones and the last that ended", async () => {
  const { tasks } = await makeTasks([taskOf("one")], [taskOf("two", { state: "failed" })]);
  expect(tasks.open.value.map(({ title }) => title)).toEqual(["one"]);
  expect(tasks.ended.value.map(({ title }) => title)).toEqual(["two"]);
  expect([tasks.areMoreOpen.value, tasks.loading.value.kind]).toEqual([false, "ready"]);
});

it("reads those that ended in another span once that is chosen, and as time goes on where it ends now", async () => {
  const { hub, tasks, span } = await makeTasks([], [taskOf("today", { state: "failed" })]);
  span.value = spanOf("yesterday");
  const [, request] = [hub.take("/api/tasks").answer({ items: [] }), hub.take("/api/tasks")];
  const dayBegin = (days: number) => {
    const day = new Date(new Date().setHours(0, 0, 0, 0));
    return new Date(day.setDate(day.getDate() + days)).toISOString();
  };
  expect(request.query).toMatchObject({ state: "ended", changedFrom: dayBegin(-1), changedTo: dayBegin(0) });
  request.answer({ items: [taskOf("yesterday", { state: "failed" })], nextCursor: "1.2" });
  await vi.advanceTimersByTimeAsync(120_000);
  expect(tasks.ended.value.map(({ title }) => title)).toEqual(["yesterday"]);
  expect(tasks.areMoreEnded.value).toBe(true);
  expect(hub.requests).toEqual([]);
  span.value = spanOf("24h");
  for (const _ of [1, 2]) hub.take("/api/tasks").answer({ items: [] });
  await vi.advanceTimersByTimeAsync(62_000);
  expect(hub.requests).toHaveLength(2);
});

it("without a span reads open ones only", async () => {
  const hub = makeStandInHub();
  const tasks = new TasksModel(hub);
  hub.take("/api/tasks").answer({ items: [taskOf("one")] });
  await vi.advanceTimersByTimeAsync(0);
  expect(tasks.loading.value.kind).toBe("ready");
  expect(hub.requests).toEqual([]);
});

it("reads five pages of open ones, and says when there are more", async () => {
  const { hub, tasks } = await makeTasks([taskOf("one")], [], "7");
  for (let page = 2; page <= 5; page++) {
    const request = hub.take("/api/tasks");
    expect(request.query).toEqual({ state: "open", limit: 200, cursor: "7" });
    request.answer({ items: [taskOf(`page ${page}`)], nextCursor: "7" });
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(hub.requests).toEqual([]);
  expect(tasks.open.value.map(({ title }) => title)).toEqual(["one", "page 2", "page 3", "page 4", "page 5"]);
  expect(tasks.areMoreOpen.value).toBe(true);
});

it("cancels several, until one is refused, and forgets of the selected what has ended", async () => {
  const [one, two, three] = [taskOf("one"), taskOf("two"), taskOf("three")];
  const { hub, tasks } = await makeTasks([one, two, three], []);
  const ids = [one, two, three].map(({ taskId }) => taskId);
  tasks.select(ids, true);
  tasks.select([three.taskId], false);
  expect([...tasks.selected.value]).toEqual([one.taskId, two.taskId]);
  const canceling = tasks.cancel([...tasks.selected.value]);
  hub.take(`/api/tasks/${one.taskId}/cancel`).answer({});
  await vi.advanceTimersByTimeAsync(0);
  hub.take(`/api/tasks/${two.taskId}/cancel`).refuse(new RestProblem(409, "conflict", "It is completed."));
  await vi.advanceTimersByTimeAsync(0);
  hub.take("/api/tasks").answer({ items: [three] });
  hub.take("/api/tasks").answer({ items: [one, two] });
  expect(await canceling).toEqual({ done: 1, failure: "It is completed." });
  expect(tasks.selected.value.size).toBe(0);
});

it("gives one to another, with a note where there is one", async () => {
  const one = taskOf("one");
  const { hub, tasks } = await makeTasks([one], []);
  void tasks.reassign(one.taskId, "cy@desk:web/1", "");
  const request = hub.take(`/api/tasks/${one.taskId}/reassign`);
  expect([request.method, request.body]).toEqual(["POST", { to: "cy@desk:web/1" }]);
  request.answer({});
  void tasks.reassign(one.taskId, "cy@desk:web/1", "ben is gone");
  expect(hub.take(`/api/tasks/${one.taskId}/reassign`).body).toEqual({ to: "cy@desk:web/1", note: "ben is gone" });
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
