/** T3: a task to any of a role has exactly one owner, and goes on to the next where that one does nothing. */

import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { useClock } from "../../../test/helpers/workerd/clock.ts";
import { ADMIN, crash, freshIds, queueRows, runAlarm } from "../../../test/helpers/workerd/hub.ts";
import { courseOf, goAway, taskOf } from "../../../test/helpers/workerd/tasks.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";
import { exchangeOf } from "../../env.ts";

const ACCEPT_MS = 120_000;

/** Alice, who asks; `hands` take a role of their own, in this order. */
async function team(...sessions: string[]) {
  const { a, partial } = freshIds();
  const role = `hand-${crypto.randomUUID()}`;
  const alice = await TestClient.connect(a);
  const hands: TestClient[] = [];
  for (const session of sessions) hands.push(await hand(`${partial}/${session}`, role));
  const ask = async (content = "do it", more: object = {}) =>
    (await alice.message(`any:${role}`, content, more)).messageId as string;
  return { a, alice, partial, role, ask, hands: hands as [TestClient, TestClient, TestClient] };
}

async function hand(id: string, role: string): Promise<TestClient> {
  const client = await TestClient.connect(id, { isAcking: true });
  await client.ask({ action: "set_role", role });
  return client;
}

describe("[T3] a task to any:<role>", () => {
  it("goes to one of those who have the role, under one id, who reads for which role", async () => {
    const { alice, role, a, hands } = await team("b", "c");
    const reply = await alice.message(`any:${role}`, "do it");
    expect(reply).toMatchObject({ queued: false, to: hands[0].instanceId, role });
    await hands[0].untilDelivered(1);
    expect(hands[0].delivered[0]).toMatchObject({
      messageId: reply.messageId,
      to: hands[0].instanceId,
      anyOf: role,
      from: a,
    });
    await hands[1].sync();
    expect(hands[1].delivered).toEqual([]);
  });

  it("goes to who is online, then to who has the fewest open tasks, then to who is idle the longest; never to who asks", async () => {
    const clock = useClock();
    const { alice, role, ask, hands } = await team("b", "c", "d");
    await alice.ask({ action: "set_role", role });
    const owners = [];
    for (let n = 0; n < 5; n++) {
      clock.advance(1_000);
      owners.push((await taskOf(await ask())).owner?.slice(-1));
    }
    expect(owners).toEqual(["b", "c", "d", "b", "c"]);
    await hands[0].ask({ action: "list_tasks" }).then(async ({ tasks = [] }) => {
      for (const { taskId } of tasks) await hands[0].ask({ action: "update_task", taskId, state: "completed" });
    });
    await goAway(hands[0]);
    expect((await taskOf(await ask())).owner?.slice(-1)).toBe("d");
  });

  it("[M3] is one task however often it is sent, whoever has it by then", async () => {
    const { alice, role, hands } = await team("b", "c");
    const messageId = crypto.randomUUID();
    await alice.message(`any:${role}`, "once", { messageId });
    await hands[0].ask({ action: "update_task", taskId: messageId, state: "rejected" });
    const again = await alice.message(`any:${role}`, "once", { messageId });
    expect(again).toMatchObject({ duplicate: true, messageId, to: hands[1].instanceId });
    expect(await alice.message(`any:${role}`, "other", { messageId })).toMatchObject({ code: "conflict" });
    expect(await courseOf(messageId)).toEqual(["submitted b", "submitted c"]);
  });

  it("that nobody can take waits, over a crash, for the first who takes the role", async () => {
    const { alice, role, partial, ask } = await team();
    const reply = await alice.message(`any:${role}`, "wait");
    expect(reply).toMatchObject({ queued: true, to: `any:${role}`, warning: expect.stringContaining("waits") });
    const second = await ask("wait, too");
    expect(await taskOf(reply.messageId)).not.toHaveProperty("owner");
    expect(await alice.ask({ action: "status", messageId: second })).toMatchObject({ state: "queued" });
    await crash();
    const bob = await hand(`${partial}/b`, role);
    await bob.untilDelivered(2);
    expect(bob.delivered).toMatchObject([{ content: "wait", to: `${partial}/b` }, { content: "wait, too" }]);
    expect(await courseOf(second)).toEqual(["submitted -", "submitted b"]);
  });

  it("has no owner while it waits, as who may not move it is told", async () => {
    const { a, role, partial, ask } = await team();
    const taskId = await ask();
    const stranger = await TestClient.connect(`${partial}/z`);
    const refused = await stranger.ask({ action: "update_task", taskId, state: "working" });
    expect(refused).toMatchObject({
      code: "forbidden",
      error: `The task ${taskId} is not yours to move so. It waits for the first who takes the role ${role}; until then ${a}, who asked for it, may cancel it.`,
    });
  });

  it("waits however many there are", async () => {
    const { alice, role, partial } = await team();
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push(...(await alice.messages(`any:${role}`, Array.from({ length: 150 }, String))));
    const bob = await hand(`${partial}/b`, role);
    for (let n = 0; n < 3; n++) await runAlarm();
    await bob.untilDelivered(450);
    expect(bob.delivered.map(({ messageId }) => messageId)).toEqual(ids);
  });

  it("and whoever had the role before gets what waited when it connects", async () => {
    const { alice, role, partial, hands } = await team("b");
    await goAway(hands[0]);
    await exchangeOf(env).removeInstance(hands[0].instanceId, ADMIN);
    const { messageId } = await alice.message(`any:${role}`, "wait");
    const carol = await TestClient.connect(`${partial}/c`);
    await goAway(carol);
    await hand(`${partial}/c`, role);
    expect((await taskOf(messageId)).owner).toBe(`${partial}/c`);
  });
});

describe("[T3] what its owner does not accept in time", () => {
  it("goes to the next, and the former owner is told; its copy is withdrawn", async () => {
    const clock = useClock();
    const { role, partial, ask, hands } = await team("b");
    const [bob] = hands;
    // Its window holds no message: what waits is what is withdrawn.
    await goAway(bob);
    const taskId = await ask("do it", { acceptWithinSeconds: 60 });
    expect((await taskOf(taskId)).owner).toBe(bob.instanceId);
    const carol = await hand(`${partial}/c`, role);
    clock.advance(61_000);
    await runAlarm();
    await carol.untilDelivered(1);
    expect(await courseOf(taskId)).toEqual(["submitted b", "submitted c"]);
    const back = await TestClient.connect(bob.instanceId);
    await back.untilDelivered(1);
    expect(back.delivered).toMatchObject([
      {
        from: "system@hub:cc2cc/tasks",
        replyToMessageId: taskId,
        content: `The task “do it” (${taskId}) is ${partial}/c's now, since you did not accept it in time. Do not work on it any more.`,
      },
    ]);
    expect((await queueRows(bob.instanceId)).map(({ id }) => id)).not.toContain(taskId);
  });

  it("stays where it is as long as it is accepted, and with the only one there is", async () => {
    const clock = useClock();
    const { ask, hands } = await team("b", "c");
    const [bob, carol] = hands;
    const taken = await ask();
    await bob.ask({ action: "update_task", taskId: taken, state: "accepted" });
    await goAway(carol);
    const only = await ask();
    clock.advance(ACCEPT_MS + 1_000);
    await runAlarm();
    expect(await courseOf(taken)).toEqual(["submitted b", "accepted b"]);
    expect(await courseOf(only)).toEqual(["submitted b"]);
  });

  it("never goes to and fro, and goes to whoever comes new", async () => {
    const clock = useClock();
    const { role, partial, ask } = await team("b", "c");
    const taskId = await ask();
    for (let n = 0; n < 5; n++) {
      clock.advance(ACCEPT_MS + 1_000);
      await runAlarm();
    }
    expect(await courseOf(taskId)).toEqual(["submitted b", "submitted c"]);
    await hand(`${partial}/d`, role);
    expect(await courseOf(taskId)).toEqual(["submitted b", "submitted c", "submitted d"]);
  });

  it("[T3] changes nothing any more: what a former owner sends is kept, and says so", async () => {
    const clock = useClock();
    const { a, alice, ask, hands } = await team("b", "c");
    const [bob, carol] = hands;
    const taskId = await ask();
    clock.advance(ACCEPT_MS + 1_000);
    await runAlarm();
    const answer = { type: "result", replyToMessageId: taskId } as const;
    const told = { warning: expect.stringContaining(`${carol.instanceId}'s by now`) };
    expect(await bob.message(a, "mine is done", answer)).toMatchObject(told);
    const late = await bob.message(a, "really", { ...answer, task: { state: "completed" } });
    expect(late).toMatchObject(told);
    expect(await bob.ask({ action: "update_task", taskId, state: "completed" })).toMatchObject({ code: "forbidden" });
    await alice.untilDelivered(2);
    expect(await taskOf(taskId)).toMatchObject({ state: "submitted", owner: carol.instanceId });
    await carol.message(a, "done", answer);
    expect(await taskOf(taskId)).toMatchObject({ state: "completed", owner: carol.instanceId });
    await bob.message(a, "done twice", { ...answer, task: { state: "completed" } });
    expect(await courseOf(taskId)).toEqual(["submitted b", "submitted c", "completed c"]);
  });
});

describe("[T3] what its owner refuses", () => {
  it("goes to the next without delay, and is rejected when nobody is left", async () => {
    const { a, ask, hands } = await team("b", "c");
    const [bob, carol] = hands;
    const taskId = await ask();
    await bob.message(a, "not mine", {
      type: "result",
      replyToMessageId: taskId,
      task: { state: "rejected", note: "no" },
    });
    await carol.untilDelivered(1);
    expect(await taskOf(taskId)).toMatchObject({ owner: carol.instanceId, note: `${bob.instanceId} refused it: no` });
    await carol.ask({ action: "update_task", taskId, state: "rejected" });
    expect(await courseOf(taskId)).toEqual(["submitted b", "submitted c", "rejected c"]);
  });

  it("is told to who asked only when nobody is left", async () => {
    const { alice, ask, hands } = await team("b", "c");
    const taskId = await ask();
    for (const hand of hands)
      await hand.ask({ action: "update_task", taskId, state: "rejected", note: `not ${hand.instanceId}` });
    await alice.untilDelivered(1);
    expect(new Set(alice.contents)).toEqual(new Set([`not ${hands[1].instanceId}`]));
  });
});

describe("[T3] an owner that is away", () => {
  it("for longer than acceptWithinSeconds loses what it accepted, not before", async () => {
    const clock = useClock();
    const { ask, hands } = await team("b", "c");
    const [bob, carol] = hands;
    const taskId = await ask();
    await bob.ask({ action: "update_task", taskId, state: "working", progress: 50 });
    await goAway(bob);
    clock.advance(ACCEPT_MS - 1_000);
    await runAlarm();
    expect((await taskOf(taskId)).owner).toBe(bob.instanceId);
    clock.advance(2_000);
    await runAlarm();
    await carol.untilDelivered(1);
    expect(await taskOf(taskId)).toMatchObject({ owner: carol.instanceId, state: "submitted" });
    expect(await taskOf(taskId)).not.toHaveProperty("progress");
  });

  it("since a crash is not away before it had time to come back, however long it had been connected", async () => {
    const clock = useClock();
    const { ask, hands } = await team("b", "c");
    const taskId = await ask("do it", { dueInSeconds: 600 });
    await hands[0].ask({ action: "update_task", taskId, state: "working" });
    clock.advance(601_000);
    await crash();
    await TestClient.connect(hands[1].instanceId);
    await runAlarm();
    expect(await courseOf(taskId)).toEqual(["submitted b", "working b"]);
    // It does not come back: then its time begins.
    clock.advance(6_000);
    await runAlarm();
    clock.advance(ACCEPT_MS + 1_000);
    await runAlarm();
    expect(await courseOf(taskId)).toEqual(["submitted b", "working b", "submitted c"]);
  });

  it("keeps what it accepted when the message's own time has passed: it changes hands no more", async () => {
    const clock = useClock();
    const { ask, hands } = await team("b", "c");
    const taskId = await ask("do it", { ttlSeconds: 60 });
    await hands[0].untilDelivered(1);
    await hands[0].ask({ action: "update_task", taskId, state: "working" });
    await goAway(hands[0]);
    clock.advance(ACCEPT_MS + 1_000);
    await runAlarm();
    expect(await courseOf(taskId)).toEqual(["submitted b", "working b"]);
    const back = await TestClient.connect(hands[0].instanceId);
    expect(await back.ask({ action: "update_task", taskId, state: "completed" })).toMatchObject({
      task: { state: "completed" },
    });
  });

  it("and comes back in time keeps it", async () => {
    const clock = useClock();
    const { ask, hands } = await team("b", "c");
    const taskId = await ask();
    await hands[0].ask({ action: "update_task", taskId, state: "working" });
    await goAway(hands[0]);
    clock.advance(ACCEPT_MS - 1_000);
    await TestClient.connect(hands[0].instanceId);
    clock.advance(ACCEPT_MS);
    await runAlarm();
    expect(await courseOf(taskId)).toEqual(["submitted b", "working b"]);
  });

  it("[T2] keeps it through /clear", async () => {
    const clock = useClock();
    const { ask, hands } = await team("b", "c");
    const [bob] = hands;
    const taskId = await ask();
    await bob.ask({ action: "update_task", taskId, state: "working" });
    await bob.ask({ action: "session_update", newInstanceId: `${bob.instanceId}2` });
    clock.advance(2 * ACCEPT_MS);
    await runAlarm();
    expect(await taskOf(taskId)).toMatchObject({ owner: `${bob.instanceId}2`, state: "working" });
  });
});
