/** T6: an operator gives a task to another. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Task } from "../../../shared/tasks.ts";
import { useClock } from "../../../test/helpers/workerd/clock.ts";
import { ADMIN, crash, freshIds, runAlarm, storeRows } from "../../../test/helpers/workerd/hub.ts";
import { call, mint, problemWith } from "../../../test/helpers/workerd/rest.ts";
import { courseOf, goAway, taskOf } from "../../../test/helpers/workerd/tasks.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";
import { readLedger, replayOf } from "../../../test/simulation/audit-tasks.ts";
import { Observer } from "../../../test/simulation/observer.ts";
import { exchangeOf } from "../../env.ts";

/** Alice has asked Bob; Carol is there, too. */
async function trio({ version = 2 as 1 | 2 } = {}) {
  const { a, b, c, partial } = freshIds();
  const [alice, bob, carol] = [
    await TestClient.connect(a),
    await TestClient.connect(b, { version, isAcking: version === 2 }),
    await TestClient.connect(c, { version, isAcking: version === 2 }),
  ];
  const { messageId } = await alice.message(b, "build it");
  const taskId = messageId as string;
  await bob.untilDelivered(1);
  return { a, b, c, partial, alice, bob, carol, taskId };
}

const reassign = (taskId: string, to: string, { key, note }: { key?: string; note?: string } = {}) =>
  call(`POST /api/tasks/${taskId}/reassign`, { ...(key === undefined ? {} : { key }), body: { to, note } });

describe("[T6] POST /api/tasks/:id/reassign", () => {
  it("gives another the message under the same id, and tells who had it and who asked", async () => {
    const { a, c, alice, bob, carol, taskId } = await trio();
    await bob.ask({ action: "update_task", taskId, state: "working", progress: 40 });
    const { body } = await reassign(taskId, c, { note: "Bob is\nbusy" });
    expect(body as Task).toMatchObject({ state: "submitted", owner: c, requester: a, note: "Bob is\nbusy" });
    expect((body as Task).progress).toBeUndefined();
    await carol.untilDelivered(1);
    expect(carol.delivered[0]).toMatchObject({ messageId: taskId, content: "build it", to: c, from: a });
    await Promise.all([alice.untilDelivered(1), bob.untilDelivered(2)]);
    const told = `is ${c}'s now: an operator gave it to them: “Bob is busy”.`;
    expect(bob.contents.at(-1)).toBe(`The task “build it” (${taskId}) ${told} Do not work on it any more.`);
    expect(alice.contents.at(-1)).toBe(`The task “build it” (${taskId}) that you asked for ${told}`);
    await carol.message(a, "built", { type: "result", replyToMessageId: taskId });
    expect(await courseOf(taskId)).toEqual(["submitted b", "working b", "submitted c", "completed c"]);
  });

  it("is for admins and keys whose pattern has owner or requester, of open tasks", async () => {
    const { b, c, partial, taskId, bob } = await trio();
    const [theirs, others] = [
      await mint("member", { pattern: partial }),
      await mint("member", { pattern: "other@*:*" }),
    ];
    expect(await reassign(taskId, c, others)).toMatchObject(problemWith(403, "forbidden"));
    expect(await taskOf(taskId)).toMatchObject({ owner: b });
    expect((await reassign(taskId, c, theirs)).status).toBe(200);
    expect(await reassign(taskId, c)).toMatchObject(problemWith(409, "conflict"));
    expect(await reassign(taskId, `${partial}/nobody`)).toMatchObject(problemWith(404, "unknown_instance"));
    expect(await reassign(taskId, "anyone")).toMatchObject(problemWith(400, "invalid_payload"));
    expect(await reassign(crypto.randomUUID(), c)).toMatchObject(problemWith(404, "not_found"));
    expect((await reassign(taskId, b)).status).toBe(200);
    await bob.ask({ action: "update_task", taskId, state: "completed" });
    expect(await reassign(taskId, c)).toMatchObject(problemWith(409, "conflict"));
  });

  it("does not go to who asked for it", async () => {
    const { a, b, taskId } = await trio();
    expect(await reassign(taskId, a)).toMatchObject(problemWith(409, "conflict"));
    expect(await taskOf(taskId)).toMatchObject({ owner: b });
  });

  it("keeps what the former owner still sends, and says that it changes nothing", async () => {
    const { a, c, bob, taskId } = await trio();
    await reassign(taskId, c);
    const late = await bob.message(a, "done", { type: "result", replyToMessageId: taskId });
    expect(late.warning).toContain(`is ${c}'s by now`);
    expect(await bob.ask({ action: "update_task", taskId, state: "working" })).toMatchObject({ code: "forbidden" });
    expect(await taskOf(taskId)).toMatchObject({ state: "submitted", owner: c });
  });

  it("takes what a session had that is away, out of its queue", async () => {
    const { c, b, alice, bob, carol } = await trio();
    await goAway(bob);
    const { messageId } = await alice.message(b, "for who is away");
    await reassign(messageId as string, c);
    await carol.untilDelivered(1);
    const back = await TestClient.connect(b, { isAcking: true });
    await back.untilDelivered(1);
    await back.sync();
    expect(back.contents).toEqual([expect.stringContaining("Do not work on it any more")]);
    const rows = await storeRows("SELECT 1 FROM messages WHERE message_id = ?", messageId as string);
    expect(rows).toHaveLength(1);
  });

  it("has the text from history where the store has dropped it, also over a crash", async () => {
    const clock = useClock();
    const { a, b, c, carol, bob, taskId } = await trio();
    await bob.ask({ action: "update_task", taskId, state: "working" });
    await expect.poll(async () => (await call(`GET /api/messages/${taskId}`)).status).toBe(200);
    clock.advance(120_000);
    await runAlarm();
    await expect
      .poll(() => storeRows("SELECT 1 FROM messages WHERE message_id = ? AND body IS NULL", taskId))
      .toHaveLength(1);
    await crash();
    const back = await TestClient.connect(carol.instanceId, { isAcking: true });
    const told = {
      messageId: taskId,
      from: a,
      to: b,
      type: "task",
      content: "build something else",
      timestamp: "",
    } as const;
    for (const found of [null, told]) {
      const refused = await exchangeOf(env).reassignTask(taskId, c, undefined, ADMIN, found);
      expect(refused).toMatchObject({
        ok: false,
        code: "conflict",
        error: expect.stringContaining("in the hub no more"),
      });
    }
    expect(await taskOf(taskId)).toMatchObject({ owner: b, state: "working" });
    expect((await reassign(taskId, c)).status).toBe(200);
    await back.untilDelivered(1);
    expect(back.contents).toEqual(["build it"]);
  });

  it("gets a new time where its own is over", async () => {
    const clock = useClock();
    const { b, c, alice, bob, carol } = await trio();
    const { messageId } = await alice.message(b, "soon", { ttlSeconds: 60 });
    await bob.untilDelivered(2);
    await bob.ask({ action: "update_task", taskId: messageId as string, state: "working" });
    // History is some tenths of a second behind.
    await expect.poll(async () => (await call(`GET /api/messages/${messageId as string}`)).status).toBe(200);
    clock.advance(61_000);
    await runAlarm();
    await goAway(carol);
    expect(await reassign(messageId as string, c)).toMatchObject({ status: 200, body: { state: "submitted" } });
    await runAlarm();
    const back = await TestClient.connect(c, { isAcking: true });
    await back.untilDelivered(1);
    expect(back.delivered[0]).toMatchObject({ content: "soon", messageId });
    expect(Date.parse(String(back.delivered[0]?.expiresAt))).toBeGreaterThan(Date.now());
  });

  it("answers a send that comes again as what came before", async () => {
    const { b, c, alice, bob } = await trio();
    const sending = { action: "send_message", to: b, type: "task", content: "once" } as const;
    const messageId = crypto.randomUUID();
    await alice.ask({ ...sending, messageId });
    await bob.untilDelivered(2);
    await reassign(messageId, c);
    expect(await alice.ask({ ...sending, messageId })).toMatchObject({ messageId, to: c, duplicate: true });
    expect(await alice.ask({ ...sending, content: "twice", messageId })).toMatchObject({ code: "conflict" });
  });

  it("is for any of a role, too; and nobody refused it by that", async () => {
    const { a, b, c, alice, bob, carol } = await trio();
    const role = `hand-${crypto.randomUUID()}`;
    await bob.ask({ action: "set_role", role });
    const { messageId } = await alice.message(`any:${role}`, "anyone");
    const taskId = messageId as string;
    await bob.untilDelivered(2);
    await reassign(taskId, c);
    await carol.untilDelivered(1);
    await carol.ask({ action: "update_task", taskId, state: "rejected" });
    expect(await courseOf(taskId)).toEqual(["submitted b", "submitted c", "submitted b"]);
    expect(await taskOf(taskId)).toMatchObject({ owner: b, requester: a });
  });

  it("tells clients of v1 as well, and gives them the task", async () => {
    const { c, bob, carol, taskId } = await trio({ version: 1 });
    await reassign(taskId, c);
    await Promise.all([carol.untilDelivered(1), bob.untilDelivered(2)]);
    expect(carol.delivered.map(({ content, messageId }) => [content, messageId])).toEqual([["build it", taskId]]);
    expect(bob.contents.at(-1)).toContain("Do not work on it any more");
  });

  it("[T5] is in the stream as a step of the hub's, from which the ledger follows", async () => {
    const observer = new Observer();
    await observer.connect();
    const { c, carol, taskId } = await trio();
    await reassign(taskId, c);
    await carol.ask({ action: "update_task", taskId, state: "working", progress: 10 });
    const told = () => replayOf(observer).tasks.get(taskId);
    await expect.poll(told).toMatchObject({ state: "working", owner: c });
    expect(told()).toEqual((await readLedger(null)).get(taskId));
    expect(replayOf(observer).faults).toEqual([]);
    observer.close();
  });
});
