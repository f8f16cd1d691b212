/** Schedules on a hub: what fires, as whom, and where it goes. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { alarmAt, crash, crashExchange, freshIds, runAlarm } from "../../../test/helpers/workerd/hub.ts";
import { call } from "../../../test/helpers/workerd/rest.ts";
import {
  askSchedule,
  MINUTE_MS,
  outcomesOf,
  scheduleBy,
  scheduleByRest,
  scheduleEvents,
  scheduleOf,
  useScheduleClock,
} from "../../../test/helpers/workerd/schedules.ts";
import { courseOf, goAway, taskOf } from "../../../test/helpers/workerd/tasks.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";
import { exchangeOf } from "../../env.ts";

const SYSTEM = "system@hub:cc2cc/schedules";

async function pair() {
  const { a, b, c, partial } = freshIds();
  const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b, { isAcking: true })];
  return { a, b, c, partial, alice, bob, clock: useScheduleClock() };
}

describe("[SC1] a time", () => {
  it("is sent once, as of who made it, and moves the schedule on", async () => {
    const { a, b, alice, bob, clock } = await pair();
    const made = await scheduleBy(alice, { target: b, metadata: { ticket: 7 } });
    expect(made).toMatchObject({ createdBy: a, fireCount: 0, enabled: true, state: "active", missed: "once" });
    await clock.pass(9);
    expect(bob.delivered).toEqual([]);
    await clock.pass(1);
    await bob.untilDelivered(1);
    const [message] = bob.delivered;
    expect(message).toMatchObject({
      from: a,
      to: b,
      type: "question",
      content: "How is it?",
      metadata: { ticket: 7, schedule: "nightly", scheduleId: made.scheduleId },
    });
    expect(message?.messageId[14]).toBe("8");
    const due = Date.parse(made.nextFireAt ?? "");
    expect(await scheduleOf(made.scheduleId)).toMatchObject({
      fireCount: 1,
      nextFireAt: new Date(due + 10 * MINUTE_MS).toISOString(),
      firings: [{ dueAt: made.nextFireAt, outcome: "sent", messageIds: [message?.messageId], recipients: 1 }],
    });
    await runAlarm();
    await bob.sync();
    expect(bob.delivered).toHaveLength(1);
  });

  it("wakes the hub by itself: the alarm is set for it, also after a crash", async () => {
    const { b, alice } = await pair();
    const { scheduleId, nextFireAt } = await scheduleBy(alice, { target: b, expression: "every 1m" });

    expect(await alarmAt()).toBeLessThanOrEqual(Date.parse(nextFireAt ?? ""));
    await crash();
    await exchangeOf(env).schedule(scheduleId);
    expect(await alarmAt()).toBeLessThanOrEqual(Date.parse(nextFireAt ?? ""));
  });

  it("is sent once, whether the hub crashes before or after it", async () => {
    const { b, alice, clock } = await pair();
    const { scheduleId } = await scheduleBy(alice, { target: b });
    clock.advance(10 * MINUTE_MS);
    await crash();
    await runAlarm();
    await crashExchange();
    await runAlarm();
    await crash();
    await runAlarm();
    expect(await scheduleOf(scheduleId)).toMatchObject({ fireCount: 1, firings: [{ outcome: "sent" }] });
    const bob = await TestClient.connect(b);
    await bob.untilDelivered(1);
    await bob.sync();
    expect(bob.delivered).toHaveLength(1);
  });

  it("is told to the stream, without what it says", async () => {
    const { b, alice, clock } = await pair();
    const { scheduleId } = await scheduleBy(alice, { target: b, content: "a secret of theirs" });
    await clock.pass(10);
    await call(`DELETE /api/schedules/${scheduleId}`);
    const seen = async () => (await scheduleEvents(scheduleId)).map(({ event }) => event);
    await expect.poll(seen, { timeout: 3_000 }).toEqual(["schedule:created", "schedule:fired", "schedule:deleted"]);
    const events = await scheduleEvents(scheduleId);
    expect(events[1]).toMatchObject({ outcome: "sent", fireCount: 1, name: "nightly" });
    expect(JSON.stringify(events)).not.toContain("a secret of theirs");
  });
});

describe("[SC4] a target", () => {
  it("may be a role: who made it is not left out, and each has a task of its own", async () => {
    const { a, alice, bob, clock } = await pair();
    const role = `r${crypto.randomUUID()}`;
    for (const one of [alice, bob]) await one.ask({ action: "set_role", role });
    const { scheduleId } = await scheduleBy(alice, { target: `role:${role}`, messageType: "task" });
    await clock.pass(10);
    await Promise.all([alice, bob].map((one) => one.untilDelivered(1)));
    const [firing] = (await scheduleOf(scheduleId)).firings;
    expect(firing).toMatchObject({ outcome: "sent", recipients: 2 });
    for (const id of firing?.messageIds ?? []) expect(await taskOf(id)).toMatchObject({ requester: a });
  });

  it("may be any of a role: the ledger has it, and the result goes to who made it", async () => {
    const { a, alice, bob, clock } = await pair();
    const role = `r${crypto.randomUUID()}`;
    await bob.ask({ action: "set_role", role });
    await scheduleBy(alice, { target: `any:${role}`, messageType: "task", content: "Check the backups\nall of them" });
    await clock.pass(10);
    await bob.untilDelivered(1);
    const taskId = bob.delivered[0]?.messageId;
    expect(await taskOf(taskId)).toMatchObject({ title: "Check the backups", requester: a, role, state: "submitted" });
    await bob.message(a, "all well", { type: "result", replyToMessageId: taskId ?? "" });
    await alice.untilDelivered(1);
    expect(alice.contents).toEqual(["all well"]);
    expect((await courseOf(taskId)).at(-1)).toBe("completed b");
  });

  it("may be a topic, also for who is away, and a partial address", async () => {
    const { b, alice, bob, clock } = await pair();
    const topic = `t${crypto.randomUUID()}`;
    await bob.ask({ action: "subscribe_topic", topic });
    await scheduleBy(alice, { target: `topic:${topic}`, persistent: true });
    await goAway(bob);
    await clock.pass(10);
    const back = await TestClient.connect(b);
    await back.untilDelivered(1);
    expect(back.delivered[0]).toMatchObject({ to: `topic:${topic}`, metadata: { schedule: "nightly" } });
    const other = freshIds();
    const carol = await TestClient.connect(other.c);
    const { scheduleId } = await scheduleBy(alice, { target: other.partial });
    await clock.pass(10);
    await carol.untilDelivered(1);
    expect(await outcomesOf(scheduleId)).toEqual(["sent"]);
  });

  it("may be everyone: two broadcasts of one minute both go out", async () => {
    const { alice, bob, clock } = await pair();
    await scheduleBy(alice, { target: "broadcast", content: "one" });
    await scheduleBy(alice, { target: "broadcast", content: "two" });
    await clock.pass(10);
    await Promise.all([alice, bob].map((one) => one.untilDelivered(2)));
    expect([alice.contents, bob.contents]).toEqual([
      ["one", "two"],
      ["one", "two"],
    ]);
  });

  it("may find nobody when the time comes: that is noted, and the next time goes on", async () => {
    const { alice, bob, clock } = await pair();
    const role = `r${crypto.randomUUID()}`;
    const { scheduleId } = await scheduleBy(alice, { target: `role:${role}` });
    await clock.pass(10);
    expect(await scheduleOf(scheduleId)).toMatchObject({
      fireCount: 0,
      enabled: true,
      lastFiring: { outcome: "refused", code: "not_found", note: expect.stringContaining(role) },
    });
    await clock.pass(10);
    await bob.ask({ action: "set_role", role });
    await clock.pass(10);
    await bob.ask({ action: "set_role", role: "" });
    await clock.pass(10);
    expect(await outcomesOf(scheduleId)).toEqual(["refused", "refused", "sent", "refused"]);
    // Who made it hears of the first of several.
    const heard = () => new Set(alice.delivered.map(({ messageId }) => messageId)).size;
    await alice.until(() => heard() === 2, "two notices");
    await alice.sync();
    expect([heard(), alice.delivered[0]?.from]).toEqual([2, SYSTEM]);
    expect(alice.contents[0]).toMatch(
      /^The schedule “nightly” .* which you made, could not be sent at .*: Nobody else has/,
    );
  });

  it.each([
    ["nonsense", "invalid_payload"],
    ["u@h:nobody/x", "unknown_instance"],
    [SYSTEM, "unknown_instance"],
    ["topic:nobody-is-here", "unknown_topic"],
    ["any:reviewer", "invalid_payload"],
  ])("%s is refused when it is set", async (target, code) => {
    const { a, alice } = await pair();
    expect(await askSchedule(alice, { target })).toMatchObject({ code });
    const { scheduleId } = await scheduleBy(alice, { target: a });
    expect(await alice.ask({ action: "update_schedule", scheduleId, target })).toMatchObject({ code });
    expect(await scheduleOf(scheduleId)).toMatchObject({ target: a });
  });
});

describe("[SC4] who it comes from", () => {
  it("is the hub for one made by REST; what answers it is told where to say it", async () => {
    const { b, bob, clock } = await pair();
    await scheduleByRest({ target: b, messageType: "task" });
    await clock.pass(10);
    await bob.untilDelivered(1);
    const taskId = bob.delivered[0]?.messageId ?? "";
    expect(bob.delivered[0]?.from).toBe(SYSTEM);
    expect(await taskOf(taskId)).toMatchObject({ requester: SYSTEM, owner: b });
    const answer = await bob.message(SYSTEM, "done", { type: "result", replyToMessageId: taskId });
    expect(answer).toMatchObject({ code: "unknown_instance", error: expect.stringContaining("update_task") });
    await bob.ask({ action: "update_task", taskId, state: "completed", note: "all well" });
    expect(await taskOf(taskId)).toMatchObject({ state: "completed", note: "all well" });
    const asked = await exchangeOf(env).tasks({
      owner: null,
      requester: SYSTEM,
      role: null,
      state: "any",
      changed: null,
      limit: 200,
      cursor: null,
    });
    expect(asked.items.map((task) => task.taskId)).toContain(taskId);
  });

  it("follows who made it to another id, and is the hub once that is removed", async () => {
    const { a, b, c, alice, bob, clock } = await pair();
    const { scheduleId } = await scheduleBy(alice, { target: b });
    await alice.ask({ action: "session_update", newInstanceId: c });
    expect(await scheduleOf(scheduleId)).toMatchObject({ createdBy: c });
    await clock.pass(10);
    await bob.untilDelivered(1);
    const changed = await alice.ask({ action: "update_schedule", scheduleId, name: "hourly" });
    expect(changed.schedule).toMatchObject({ name: "hourly" });
    await goAway(alice);
    expect((await call(`DELETE /api/instances/${encodeURIComponent(c)}`)).status).toBe(200);
    await clock.pass(10);
    await bob.untilDelivered(2);
    expect(bob.delivered.map(({ from }) => from)).toEqual([c, SYSTEM]);
    expect(await scheduleOf(scheduleId)).toMatchObject({ createdBy: a });
  });
});

it("[SC4, H3] is not sent while who made it is paused, and waits for the paused it is for", async () => {
  const { a, b, alice, bob, clock } = await pair();
  const { scheduleId } = await scheduleBy(alice, { target: b });
  const resume = (id: string) => call(`DELETE /api/pauses?target=${encodeURIComponent(id)}`);
  await call("POST /api/pauses", { body: { target: a } });
  await clock.pass(10);
  expect(await outcomesOf(scheduleId)).toEqual(["refused"]);
  expect((await scheduleOf(scheduleId)).lastFiring).toMatchObject({
    code: "paused",
    note: "Who made it is paused by an admin.",
  });
  await alice.sync();
  // A model would be woken for it.
  expect(alice.delivered).toEqual([]);
  await resume(a);
  await call("POST /api/pauses", { body: { target: b } });
  await clock.pass(10);
  await bob.sync();
  expect(bob.delivered).toEqual([]);
  await resume(b);
  await bob.untilDelivered(1);
  expect(await outcomesOf(scheduleId)).toEqual(["refused", "sent"]);
});

it("[SC1] what waits for somebody who is away says so in its note", async () => {
  const { a, b, alice, bob, clock } = await pair();
  const { scheduleId } = await scheduleBy(alice, { target: b });
  const here = await scheduleBy(alice, { target: a });
  await goAway(bob);
  await clock.pass(10);
  expect((await scheduleOf(scheduleId)).lastFiring).toMatchObject({
    outcome: "sent",
    note: `${b} is offline; the message waits in its queue.`,
  });
  expect((await scheduleOf(here.scheduleId)).lastFiring).not.toHaveProperty("note");
});

describe("[SC6] overlap", () => {
  it("skip leaves out what comes while the task is open, and allow does not", async () => {
    const { b, alice, bob, clock } = await pair();
    const careful = await scheduleBy(alice, { target: b, messageType: "task", overlap: "skip" });
    const other = await scheduleBy(alice, { target: b, messageType: "task" });
    for (let n = 0; n < 2; n++) await clock.pass(10);
    expect(await outcomesOf(careful.scheduleId)).toEqual(["sent", "skipped"]);
    expect(await outcomesOf(other.scheduleId)).toEqual(["sent", "sent"]);
    const { firings, fireCount } = await scheduleOf(careful.scheduleId);
    expect([fireCount, firings[0]?.note]).toEqual([1, expect.stringContaining("is open still")]);
    await bob.untilDelivered(3);
    await bob.ask({ action: "update_task", taskId: firings[1]?.messageIds?.[0] ?? "", state: "completed" });
    await clock.pass(10);
    expect(await outcomesOf(careful.scheduleId)).toEqual(["sent", "skipped", "sent"]);
  });
});
