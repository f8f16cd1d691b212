/** SC3: who may do what with schedules, and how many there may be. */
import { describe, expect, it } from "vitest";
import { SCHEDULES_PER_MAKER } from "../../../shared/limits.ts";
import type { SchedulePage } from "../../../shared/schedules.ts";
import { freshIds, runAlarm } from "../../../test/helpers/workerd/hub.ts";
import { call, mint } from "../../../test/helpers/workerd/rest.ts";
import {
  askSchedule,
  MINUTE_MS,
  patchSchedule,
  postSchedule,
  scheduleBy,
  scheduleByRest,
  scheduleOf,
  scheduleRequest,
  useScheduleClock,
} from "../../../test/helpers/workerd/schedules.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";

async function pair() {
  const { a, b, partial } = freshIds();
  useScheduleClock();
  return { a, b, partial, alice: await TestClient.connect(a), bob: await TestClient.connect(b) };
}

describe("[SC3] by frames", () => {
  it("who made it changes and deletes it, everyone looks, and nobody else does more", async () => {
    const { a, alice, bob } = await pair();
    const { scheduleId } = await scheduleBy(alice, { target: a });
    for (const frame of [
      { action: "update_schedule", scheduleId, name: "mine" },
      { action: "delete_schedule", scheduleId },
    ] as const) {
      expect(await bob.ask(frame)).toMatchObject({ code: "forbidden", error: expect.stringContaining(a) });
    }
    expect((await bob.ask({ action: "get_schedule", scheduleId })).schedule).toMatchObject({
      createdBy: a,
      firings: [],
    });
    const idsOf = async (mine: boolean, client: TestClient) =>
      (await client.ask({ action: "list_schedules", mine, limit: 100 })).schedules?.map((one) => one.scheduleId);
    expect(await idsOf(false, bob)).toContain(scheduleId);
    expect([await idsOf(true, bob), await idsOf(true, alice)]).toEqual([[], [scheduleId]]);
    expect(await alice.ask({ action: "delete_schedule", scheduleId })).toMatchObject({ scheduleId });
    expect(await alice.ask({ action: "get_schedule", scheduleId })).toMatchObject({ code: "not_found" });
    expect(await alice.ask({ action: "update_schedule", scheduleId, name: "x" })).toMatchObject({ code: "not_found" });
  });

  it("one that has a key's pattern of its own is changed by that key, and by no other member's", async () => {
    const { a, partial, alice } = await pair();
    const { scheduleId } = await scheduleBy(alice, { target: a });
    const [own, foreign, member] = [
      await mint("member", { pattern: partial }),
      await mint("member", { pattern: "nobody@*" }),
      await mint("member"),
    ];
    for (const { key } of [foreign, member]) {
      expect(await patchSchedule(scheduleId, { name: "x" }, key)).toMatchObject({ status: 403 });
    }
    expect(await patchSchedule(scheduleId, { name: "x" }, own.key)).toMatchObject({ status: 200 });
    expect(await patchSchedule(scheduleId, { name: "y" })).toMatchObject({ status: 200 });
  });

  it(`one maker has ${SCHEDULES_PER_MAKER} at most, over a session change, and another has its own`, async () => {
    const { a, alice, bob, partial } = await pair();
    const frame = { action: "create_schedule" as const, ...scheduleRequest({ target: a }) };
    const made = await alice.askAll(...new Array(SCHEDULES_PER_MAKER - 1).fill(frame));
    expect(made.every(({ schedule }) => schedule !== undefined)).toBe(true);
    await alice.ask({ action: "session_update", newInstanceId: `${partial}/next` });
    await scheduleBy(alice, { target: a });
    expect(await askSchedule(alice, { target: a })).toMatchObject({
      code: "conflict",
      error: expect.stringContaining(`You have made ${SCHEDULES_PER_MAKER} schedules`),
    });
    await scheduleBy(bob, { target: a });
  });
});

it("[SC3] one that has ended gives way to a new one, and one that is paused does not", async () => {
  const { a } = freshIds();
  const clock = useScheduleClock();
  const alice = await TestClient.connect(a);
  const soon = new Date(Date.now() + MINUTE_MS).toISOString();
  const once = await scheduleBy(alice, { target: a, expression: `at ${soon}` });
  const paused = await scheduleBy(alice, { target: a });
  await alice.ask({ action: "update_schedule", scheduleId: paused.scheduleId, enabled: false });
  const frame = { action: "create_schedule" as const, ...scheduleRequest({ target: a }) };
  await alice.askAll(...new Array(SCHEDULES_PER_MAKER - 2).fill(frame));
  expect(await askSchedule(alice, { target: a })).toMatchObject({ code: "conflict" });
  clock.advance(1.1 * MINUTE_MS);
  await runAlarm();
  expect(await scheduleOf(once.scheduleId)).toMatchObject({ state: "over", fireCount: 1 });
  await scheduleBy(alice, { target: a });
  expect(await call(`GET /api/schedules/${once.scheduleId}`)).toMatchObject({ status: 404 });
  expect(await askSchedule(alice, { target: a })).toMatchObject({ code: "conflict" });
  expect(await scheduleOf(paused.scheduleId)).toMatchObject({ state: "paused" });
});

it("[SC3] one that ended longer ago than history goes back is forgotten, and one that is paused is not", async () => {
  const { a } = freshIds();
  const clock = useScheduleClock();
  const alice = await TestClient.connect(a);
  const soon = new Date(Date.now() + MINUTE_MS).toISOString();
  const once = await scheduleBy(alice, { target: a, expression: `at ${soon}` });
  const paused = await scheduleBy(alice, { target: a });
  await alice.ask({ action: "update_schedule", scheduleId: paused.scheduleId, enabled: false });
  await clock.pass(2);
  await clock.pass(29 * 1_440);
  expect(await scheduleOf(once.scheduleId)).toMatchObject({ state: "over" });
  await clock.pass(2 * 1_440);
  expect(await call(`GET /api/schedules/${once.scheduleId}`)).toMatchObject({ status: 404 });
  expect(await scheduleOf(paused.scheduleId)).toMatchObject({ state: "paused" });
});

it("[SC3] the same again, after a reply that was lost, is the same schedule; another one is not", async () => {
  const { a, b, alice, bob } = await pair();
  const frame = {
    action: "create_schedule" as const,
    scheduleId: crypto.randomUUID(),
    ...scheduleRequest({ target: a }),
  };
  const [first, again] = await alice.askAll(frame, frame);
  expect(again?.schedule).toEqual(first?.schedule);
  expect((await alice.ask({ action: "list_schedules", mine: true })).schedules).toHaveLength(1);
  expect(await alice.ask({ ...frame, target: b })).toMatchObject({ code: "conflict" });
  expect(await bob.ask(frame)).toMatchObject({ code: "conflict" });
});

describe("[SC3] by REST", () => {
  it("the key that made it and admins change it; a key with a pattern makes none", async () => {
    const { a, partial } = await pair();
    const [maker, other, bound, observer] = [
      await mint("member"),
      await mint("member"),
      await mint("member", { pattern: partial }),
      await mint("observer"),
    ];
    const { scheduleId, createdBy } = await scheduleByRest({ target: a }, maker.key);
    expect(createdBy).toBe("a member");
    for (const { key } of [other, bound, observer]) {
      expect(await patchSchedule(scheduleId, { name: "x" }, key)).toMatchObject({ status: 403 });
      expect(await call(`POST /api/schedules/${scheduleId}/run`, { key })).toMatchObject({ status: 403 });
      expect(await call(`DELETE /api/schedules/${scheduleId}`, { key })).toMatchObject({ status: 403 });
    }
    for (const { key } of [bound, observer])
      expect(await postSchedule({ target: a }, key)).toMatchObject({ status: 403 });
    expect(await patchSchedule(scheduleId, { name: "x" }, maker.key)).toMatchObject({ status: 200 });
    expect(await call(`DELETE /api/schedules/${scheduleId}`)).toMatchObject({
      status: 200,
      body: { deleted: true, scheduleId },
    });
    expect(await scheduleByRest({ target: a })).toMatchObject({ createdBy: "dashboard" });
  });

  it("lists pages, the newest first, with the beginning of long contents", async () => {
    const { a } = await pair();
    for (const name of ["one", "two", "three"]) await scheduleByRest({ target: a, name, content: "ä".repeat(3_000) });
    const page = (await call("GET /api/schedules?limit=2")).body as { items: { name: string }[]; nextCursor: string };
    expect(page.items).toMatchObject([
      { name: "three", isContentCut: true, content: "ä".repeat(1_000) },
      { name: "two" },
    ]);
    const rest = (await call(`GET /api/schedules?limit=2&cursor=${page.nextCursor}`)).body as typeof page;
    expect(rest.items[0]).toMatchObject({ name: "one" });
  });

  it("lists what concerns one instance: what it made, and what reaches it or one of its role", async () => {
    const { a, b, partial, alice, bob } = await pair();
    const c = `${partial}/c`;
    const role = `r${crypto.randomUUID()}`;
    const named = async (id: string) => {
      const { body } = await call(`GET /api/schedules?instance=${encodeURIComponent(id)}`);
      return (body as SchedulePage).items.map(({ name }) => name);
    };
    await scheduleBy(alice, { name: "made by alice", target: b });
    await scheduleByRest({ name: "to alice", target: a });
    await scheduleByRest({ name: "to a role", target: `role:${role}` });
    await scheduleByRest({ name: "to any of it", target: `any:${role}`, messageType: "task" });
    await scheduleByRest({ name: "to everyone", target: "broadcast" });
    expect(await named(a)).toEqual(["to alice", "made by alice"]);
    await alice.ask({ action: "set_role", role });
    expect(await named(a)).toEqual(["to any of it", "to a role", "to alice", "made by alice"]);
    expect(await named(b)).toEqual(["made by alice"]);
    await scheduleByRest({ name: "to the address", target: partial });
    // It finds neither of two who are there.
    for (const id of [a, b]) expect(await named(id)).not.toContain("to the address");
    await bob.close();
    await expect.poll(() => named(a)).toContain("to the address");
    expect(await named(b)).toEqual(["made by alice"]);
    // The next session of it goes on with all of that, whichever id one asks by.
    await alice.ask({ action: "session_update", newInstanceId: c });
    for (const id of [a, c]) expect(await named(id)).toHaveLength(5);
    expect(await named("nobody@h:p/1")).toEqual([]);
  });

  it("tells the next times of an expression, or what is wrong with it", async () => {
    const preview = async (body: object) => (await call("POST /api/schedules/preview", { body })).body;
    expect(await preview({ expression: "0 9 * * *", timeZone: "Europe/Berlin" })).toMatchObject({
      next: new Array(5).fill(expect.stringMatching(/T0[78]:00:00.000Z$/)),
    });
    expect(await preview({ expression: "0 9 * *" })).toMatchObject({
      next: [],
      problem: expect.stringContaining("five fields"),
    });
    expect(await preview({ expression: "0 0 30 2 *" })).toEqual({
      next: [],
      problem: "It has no time in the next ten years.",
    });
  });
});
