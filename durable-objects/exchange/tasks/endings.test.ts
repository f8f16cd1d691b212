/** What time, and the ends of messages and instances, make of tasks. */
import { env } from "cloudflare:workers";
import { describe, expect, it, onTestFinished } from "vitest";
import { useClock } from "../../../test/helpers/workerd/clock.ts";
import { ADMIN, alarmAt, crash, freshIds, runAlarm, storeRows } from "../../../test/helpers/workerd/hub.ts";
import { courseOf, goAway, taskOf } from "../../../test/helpers/workerd/tasks.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";
import { exchangeOf } from "../../env.ts";

/** Alice, and Bob and Carol who have a role; `isAway` leaves Bob offline. */
async function trio(isAway = false) {
  const { a, b, c } = freshIds();
  const role = `hand-${crypto.randomUUID()}`;
  const alice = await TestClient.connect(a);
  const bob = await TestClient.connect(b);
  if (isAway) await goAway(bob);
  const carol = await TestClient.connect(c);
  return { a, b, c, role, alice, bob, carol };
}

describe("[T4] dueInSeconds", () => {
  it("tells owner and requester once each when it passes, over a crash, and drops nothing", async () => {
    const clock = useClock();
    const { a, b, alice } = await trio();
    const { messageId: taskId } = await alice.message(b, "by noon", { dueInSeconds: 600 });
    expect((await alarmAt()) ?? 0).toBeLessThanOrEqual(Date.now() + 600_000);
    clock.advance(590_000);
    await runAlarm();
    await crash();
    const [back, bob] = [await TestClient.connect(a), await TestClient.connect(b, { isAcking: true })];
    await bob.untilDelivered(1);
    clock.advance(11_000);
    await runAlarm();
    await Promise.all([back.untilDelivered(1), bob.untilDelivered(2)]);
    clock.advance(600_000);
    await runAlarm();
    await Promise.all([back.sync(), bob.sync()]);
    expect(new Set(back.contents)).toEqual(
      new Set([`The task “by noon” (${taskId}) that you asked for is due now, and submitted; it is ${b}'s.`]),
    );
    expect(bob.contents.filter((content) => content !== "by noon")).toEqual([
      `The task “by noon” (${taskId}) is due now, and submitted. Finish it, or say how far it is with update_task.`,
    ]);
    expect(await taskOf(taskId)).toMatchObject({ state: "submitted", dueAt: expect.any(String) });
  });

  it("tells nobody of what has ended before", async () => {
    const clock = useClock();
    const { a, b, alice, bob } = await trio();
    const { messageId } = await alice.message(b, "by noon", { dueInSeconds: 600 });
    await bob.message(a, "done", { type: "result", replyToMessageId: messageId as string });
    clock.advance(601_000);
    await runAlarm();
    await Promise.all([alice.sync(), bob.sync()]);
    expect([new Set(alice.contents), new Set(bob.contents)]).toEqual([new Set(["done"]), new Set(["by noon"])]);
  });

  it("that passes while a step is taken is told all the same", async () => {
    const clock = useClock();
    const { b, alice, bob } = await trio();
    const { messageId } = await alice.message(b, "by noon", { dueInSeconds: 600 });
    clock.advance(601_000);
    await bob.ask({ action: "update_task", taskId: messageId as string, state: "working" });
    await runAlarm();
    await alice.untilDelivered(1);
    expect(alice.contents[0]).toContain("is due now, and working");
  });
});

describe("a task that nobody has taken up", () => {
  it("fails when its message expires", async () => {
    const clock = useClock();
    const { b, alice } = await trio(true);
    const { messageId } = await alice.message(b, "soon", { ttlSeconds: 60 });
    clock.advance(61_000);
    await runAlarm();
    expect(await taskOf(messageId)).toMatchObject({ state: "failed", note: "not acked before it expired" });
    await exchangeOf(env).retryDeadLetter(messageId as string);
    expect((await taskOf(messageId)).state).toBe("failed");
  });

  it("fails when its queue is flushed or its owner removed; what was taken up stays after a flush", async () => {
    const { b, alice } = await trio(true);
    const flushed = await alice.message(b, "one");
    await exchangeOf(env).flushQueue(b, ADMIN);
    expect(await taskOf(flushed.messageId)).toMatchObject({ state: "failed", note: "its queue was flushed" });
    const bob = await TestClient.connect(b);
    const [taken, not] = await alice.messages(b, ["two", "three"]);
    await bob.ask({ action: "update_task", taskId: taken as string, state: "working" });
    await goAway(bob);
    await exchangeOf(env).flushQueue(b, ADMIN);
    expect([(await taskOf(taken)).state, (await taskOf(not)).state]).toEqual(["working", "failed"]);
    await exchangeOf(env).removeInstance(b, ADMIN);
    expect(await taskOf(taken)).toMatchObject({ state: "failed", note: "its owner was removed", owner: b });
    await alice.untilDelivered(1);
    expect(alice.contents[0]).toContain("failed: who had it was removed");
  });

  it("ends with its message, and what that said is gone", async () => {
    const { a, b, alice, bob } = await trio();
    const { messageId: taskId } = await alice.message(b, "secret plan");
    const task = { state: "working", note: "secret step" } as const;
    const answer = await bob.message(a, "ok", { type: "ack", replyToMessageId: taskId as string, task });
    await exchangeOf(env).deleteMessage(answer.messageId as string, ADMIN, null);
    expect(await taskOf(taskId)).toMatchObject({ title: "secret plan", state: "working" });
    await exchangeOf(env).deleteMessage(taskId as string, ADMIN, null);
    expect(await taskOf(taskId)).toMatchObject({ title: "", state: "canceled", note: "its message was deleted" });
    await bob.untilDelivered(2);
    expect(bob.contents[1]).toContain(`${taskId} is canceled, as its message was deleted`);
    const stored = await storeRows(
      "SELECT * FROM tasks JOIN task_steps ON task = tasks.number WHERE task_id = ?",
      taskId ?? "",
    );
    expect(JSON.stringify(stored)).not.toContain("secret");
  });
});

describe("[T3] a task to any of a role", () => {
  it("goes to another when it is flushed, its owner is removed, and waits where there is none", async () => {
    const { b, c, role, alice, bob, carol } = await trio();
    await bob.ask({ action: "set_role", role });
    await goAway(bob);
    const { messageId: taskId } = await alice.message(`any:${role}`, "one");
    expect((await taskOf(taskId)).owner).toBe(b);
    await exchangeOf(env).flushQueue(b, ADMIN);
    expect(await courseOf(taskId)).toEqual(["submitted b", "submitted -"]);
    await carol.ask({ action: "set_role", role });
    await carol.untilDelivered(1);
    await carol.ask({ action: "update_task", taskId: taskId as string, state: "working" });
    await goAway(carol);
    await exchangeOf(env).removeInstance(c, ADMIN);
    expect(await courseOf(taskId)).toEqual(["submitted b", "submitted -", "submitted c", "working c", "submitted b"]);
    const back = await TestClient.connect(b);
    await back.untilDelivered(1);
    expect(back.delivered[0]).toMatchObject({ messageId: taskId, content: "one", to: b });
  });

  it("that waits fails when its time ends, and the requester is told", async () => {
    const clock = useClock();
    const { role, alice } = await trio();
    const { messageId } = await alice.message(`any:${role}`, "one", { ttlSeconds: 60 });
    clock.advance(61_000);
    await runAlarm();
    expect(await taskOf(messageId)).toMatchObject({ state: "failed" });
    await alice.untilDelivered(1);
    expect(alice.contents[0]).toContain(`nobody with the role ${role} took it before its time ended`);
  });

  it("is canceled while it waits, and then nobody gets it", async () => {
    const { role, alice, carol } = await trio();
    const { messageId } = await alice.message(`any:${role}`, "one");
    await alice.ask({ action: "cancel_task", taskId: messageId as string });
    await carol.ask({ action: "set_role", role });
    await carol.sync();
    expect(carol.delivered).toEqual([]);
    expect(await storeRows("SELECT body FROM tasks WHERE task_id = ?", messageId ?? "")).toEqual([{ body: null }]);
  });

  it("stays in its owner's hands while the disk is full, and goes on when there is room", async () => {
    const clock = useClock();
    const { role, alice, bob, carol } = await trio();
    for (const one of [bob, carol]) await one.ask({ action: "set_role", role });
    const { messageId } = await alice.message(`any:${role}`, "one");
    onTestFinished(() => exchangeOf(env).noteDisk(true));
    onTestFinished(() => exchangeOf(env).noteDisk(true));
    await exchangeOf(env).noteDisk(false);
    clock.advance(121_000);
    await runAlarm();
    expect(await courseOf(messageId)).toEqual(["submitted b"]);
    // What cannot be done now is not tried again at once.
    await expect.poll(async () => (await alarmAt()) ?? 0).toBeGreaterThan(Date.now());
    await exchangeOf(env).noteDisk(true);
    await runAlarm();
    expect(await courseOf(messageId)).toEqual(["submitted b", "submitted c"]);
  });
});
