import { describe, expect, it } from "vitest";
import type { Task, TaskDetail, TaskPage } from "../../shared/tasks.ts";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import { freshIds } from "../../test/helpers/workerd/hub.ts";
import { call, mint, pathOf, problemWith } from "../../test/helpers/workerd/rest.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";
import { Observer } from "../../test/simulation/observer.ts";

/** Alice has asked Bob for three things, and Bob has done the second. */
async function threeTasks() {
  const { a, b, c, partial } = freshIds();
  const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
  const ids = await alice.messages(b, ["one", "two", "three"]);
  await bob.ask({ action: "update_task", taskId: ids[1] as string, state: "completed", note: "done" });
  return { a, b, c, partial, alice, bob, ids };
}

async function list(query: string): Promise<TaskPage> {
  return (await call(`GET /api/tasks?${query}`)).body as TaskPage;
}

const titles = ({ items }: TaskPage) => items.map(({ title }) => title);

describe("[T5] GET /api/tasks", () => {
  it("has tasks by owner, requester and state, the newest first, in pages", async () => {
    const { a, b, bob } = await threeTasks();
    const of = `owner=${pathOf(b)}`;
    expect(titles(await list(of))).toEqual(["three", "two", "one"]);
    expect(titles(await list(`${of}&state=open`))).toEqual(["three", "one"]);
    expect(titles(await list(`${of}&state=completed`))).toEqual(["two"]);
    expect(titles(await list(`requester=${pathOf(a)}&state=ended`))).toEqual(["two"]);
    expect(titles(await list(`owner=${pathOf(a)}`))).toEqual([]);
    expect(titles(await list("owner=nobody@no:where/1"))).toEqual([]);
    const first = await list(`${of}&limit=2`);
    expect(titles(await list(`${of}&limit=2&cursor=${first.nextCursor}`))).toEqual(["one"]);
    await bob.ask({ action: "session_update", newInstanceId: `${b}2` });
    expect(titles(await list(of))).toEqual(["three", "two", "one"]);
  });

  it("has those that ended within a time, the last first, in pages", async () => {
    const { b, bob, ids } = await threeTasks();
    const clock = useClock();
    clock.advance(60_000);
    const from = new Date(Date.now()).toISOString();
    for (const taskId of [ids[2], ids[0]]) {
      clock.advance(1_000);
      await bob.ask({ action: "update_task", taskId: String(taskId), state: "completed" });
    }
    const of = `owner=${pathOf(b)}&state=ended`;
    const since = `${of}&changedFrom=${pathOf(from)}`;
    expect(titles(await list(of))).toEqual(["three", "two", "one"]);
    expect(titles(await list(since))).toEqual(["one", "three"]);
    expect(titles(await list(`${of}&changedTo=${pathOf(from)}`))).toEqual(["two"]);
    const first = await list(`${since}&limit=1`);
    expect(titles(first)).toEqual(["one"]);
    const second = await list(`${since}&limit=1&cursor=${first.nextCursor}`);
    expect(titles(second)).toEqual(["three"]);
    expect(second.nextCursor).toBeUndefined();
    expect(await call(`GET /api/tasks?cursor=${first.nextCursor}`)).toMatchObject(problemWith(400, "invalid_payload"));
    expect(await call("GET /api/tasks?changedFrom=2026-11-29&limit=1")).toMatchObject({ status: 200 });
    expect(await call("GET /api/tasks?changedFrom=yesterday")).toMatchObject(problemWith(400, "invalid_payload"));
  });

  it("has those for any of a role, and says what is wrong with a filter", async () => {
    const { alice } = await threeTasks();
    const role = `r-${crypto.randomUUID()}`;
    await alice.message(`any:${role}`, "someone");
    expect((await list(`role=${role}`)).items).toMatchObject([{ title: "someone", role, state: "submitted" }]);
    expect(await call("GET /api/tasks?state=done")).toMatchObject(problemWith(400, "invalid_payload"));
  });
});

describe("[T5] GET /api/tasks/:id", () => {
  it("has the course of a task", async () => {
    const { a, b, ids } = await threeTasks();
    const { body } = (await call(`GET /api/tasks/${ids[1] as string}`)) as { body: TaskDetail };
    expect(body).toMatchObject({ state: "completed", requester: a, owner: b, note: "done" });
    expect(body.course).toMatchObject([{ state: "submitted" }, { state: "completed", by: b, note: "done" }]);
    const unknown = "0193b6f0-0000-7000-8000-000000000000";
    expect(await call(`GET /api/tasks/${unknown}`)).toMatchObject(problemWith(404, "not_found"));
  });
});

describe("[T4] POST /api/tasks/:id/cancel", () => {
  it("ends it and tells both, for admins and who answers for one of them", async () => {
    const { partial, alice, bob, ids } = await threeTasks();
    const [id] = ids as [string];
    const [theirs, others] = [
      await mint("member", { pattern: partial }),
      await mint("member", { pattern: "other@*:*" }),
    ];
    const cancel = (key: string, note?: string) => call(`POST /api/tasks/${id}/cancel`, { key, body: { note } });
    expect(await cancel(others.key)).toMatchObject(problemWith(403, "forbidden"));
    expect((await cancel(theirs.key, "too late")).body as Task).toMatchObject({ state: "canceled", note: "too late" });
    expect(await cancel(theirs.key)).toMatchObject(problemWith(409, "conflict"));
    const told = `The task “one” (${id}) was canceled by an operator: “too late”. Nobody is to work on it.`;
    await Promise.all([alice.untilDelivered(2), bob.untilDelivered(4)]);
    expect([alice.contents.at(-1), bob.contents.at(-1)]).toEqual([told, told]);
  });
});

it("[T5] the stream tells every step in its order, and nothing of what was said", async () => {
  const stream = new Observer();
  await stream.connect();
  const { a, b, bob, ids } = await threeTasks();
  const [taskId] = ids as [string];
  const answer = { type: "result", replyToMessageId: taskId, task: { state: "working", progress: 5 } } as const;
  const { messageId } = await bob.message(a, "secret", answer);
  await bob.ask({ action: "update_task", taskId, state: "failed", note: "secret, too" });
  const changes = () =>
    stream.events.flatMap((event) => (event.event === "task:changed" && event.taskId === taskId ? [event] : []));
  await expect.poll(() => changes().map(({ state }) => state)).toEqual(["submitted", "working", "failed"]);
  expect(changes()).toMatchObject([
    { requester: a, owner: b, by: a, messageId: taskId },
    { by: b, messageId, progress: 5 },
    { by: b, progress: 5 },
  ]);
  expect(JSON.stringify(changes())).not.toContain("secret");
  stream.close();
});
