/** Tasks on a hub of real processes: what a `kill -9` must not change, and time by the hub's own alarm. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Task, TaskDetail } from "../../shared/tasks.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

it("[T3] [T5] keeps owners, states and what waits for a role over kill -9", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir(), env: { CC2CC_RATE_FRAMES: "0" } });
  const rest = async <T>(path: string) =>
    (await (await fetch(`${hub.url}${path}`, { headers: { authorization: `Bearer ${hub.key}` } })).json()) as T;
  const openTasks = async () => (await rest<{ items: Task[] }>("/api/tasks?state=open&limit=200")).items;
  const connect = (session: string) => HubClient.connect(hub, { instanceId: `${session}@desk:shop/1` });
  const boss = await connect("boss");
  const role = `hand-${randomUUID()}`;
  const ask = async (n: number) =>
    boss.ask({
      action: "send_message",
      to: `any:${role}`,
      type: "task",
      content: `task ${n}`,
      messageId: randomUUID(),
    });
  for (let n = 0; n < 20; n++) await ask(n);
  await hub.crash();
  expect((await openTasks()).filter(({ owner }) => owner !== undefined)).toEqual([]);
  const ann = await connect("ann");
  await ann.ask({ action: "set_role", role });
  const ben = await connect("ben");
  await ben.ask({ action: "set_role", role });
  await boss.until(() => boss.isOnline, "a new link");
  for (let n = 20; n < 40; n++) await ask(n);
  const own = async (one: HubClient) => (await one.ask({ action: "list_tasks", limit: 100 })).tasks as Task[];
  // Ann has what waited, so what came since is Ben's.
  expect([(await own(ann)).length, (await own(ben)).length]).toEqual([20, 20]);
  const [first] = await own(ben);
  await ben.ask({ action: "update_task", taskId: String(first?.taskId), state: "rejected" });
  await hub.crash();
  await Promise.all([ann, ben].map((one) => one.until(() => one.isOnline, "a new link")));
  expect((await own(ann)).map(({ taskId }) => taskId)).toContain(first?.taskId);
  for (const one of [ann, ben]) {
    for (const { taskId } of await own(one)) await one.ask({ action: "update_task", taskId, state: "completed" });
  }
  expect(await openTasks()).toEqual([]);
  const course = (await rest<TaskDetail>(`/api/tasks/${first?.taskId}`)).course.map(({ state, owner }) => [
    state,
    owner,
  ]);
  expect(course).toEqual([
    ["submitted", ben.instanceId],
    ["submitted", ann.instanceId],
    ["completed", ann.instanceId],
  ]);
});

it("[T3] [T4] tells what is due, and hands on what is not accepted, when the time comes", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const connect = (session: string) => HubClient.connect(hub, { instanceId: `${session}@desk:shop/1` });
  const [boss, ann, ben] = [await connect("boss"), await connect("ann"), await connect("ben")];
  for (const one of [ann, ben]) await one.ask({ action: "set_role", role: "hand" });
  const timing = { dueInSeconds: 1, acceptWithinSeconds: 2 };
  const asked = await boss.ask({ action: "send_message", to: "any:hand", type: "task", content: "soon", ...timing });
  expect(asked.to).toBe(ann.instanceId);
  await Promise.all([boss.untilReceived(1), ann.untilReceived(3), ben.untilReceived(1)]);
  expect(boss.received[0]?.content).toContain("is due now, and submitted");
  expect(ann.received.map(({ content }) => content)).toEqual([
    "soon",
    expect.stringContaining("is due now"),
    expect.stringContaining(`is ${ben.instanceId}'s now`),
  ]);
  expect(ben.received[0]).toMatchObject({ content: "soon", messageId: asked.messageId, to: ben.instanceId });
});
