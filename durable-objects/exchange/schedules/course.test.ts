/** Schedules over time: what was missed, what ends them, what changes them. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { SCHEDULE_CATCH_UP_MAX } from "../../../shared/limits.ts";
import type { MissedPolicy } from "../../../shared/schedules.ts";
import { freshIds, runAlarm } from "../../../test/helpers/workerd/hub.ts";
import { call } from "../../../test/helpers/workerd/rest.ts";
import {
  MINUTE_MS,
  outcomesOf,
  patchSchedule,
  postSchedule,
  scheduleBy,
  scheduleOf,
  useScheduleClock,
} from "../../../test/helpers/workerd/schedules.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";
import { exchangeOf } from "../../env.ts";

async function one() {
  const { a } = freshIds();
  return { a, alice: await TestClient.connect(a, { isAcking: true }), clock: useScheduleClock() };
}

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS).toISOString();

describe("[SC5] times that came while nobody was up", () => {
  it.each<[MissedPolicy, string[], number]>([
    ["skip", ["missed"], 0],
    ["once", ["missed", "sent"], 1],
    ["all", ["sent", "sent", "sent"], 3],
  ])("%s", async (missed, outcomes, sent) => {
    const { a, alice, clock } = await one();
    const { scheduleId, createdAt } = await scheduleBy(alice, { target: a, missed });
    await clock.pass(35);
    expect(await outcomesOf(scheduleId)).toEqual(outcomes);
    await alice.untilDelivered(sent);
    await alice.sync();
    expect(alice.delivered).toHaveLength(sent);
    const next = new Date(Date.parse(createdAt) + 40 * MINUTE_MS).toISOString();
    expect(await scheduleOf(scheduleId)).toMatchObject({ nextFireAt: next, fireCount: sent });
  });

  it.each<MissedPolicy>(["skip", "once", "all"])("%s: late by less than a minute is not missed", async (missed) => {
    const { a, alice, clock } = await one();
    const { scheduleId } = await scheduleBy(alice, { target: a, missed });
    await clock.pass(10.9);
    expect(await outcomesOf(scheduleId)).toEqual(["sent"]);
  });

  it.each<MissedPolicy>(["skip", "once"])("%s: one that comes on time stands for those before it", async (missed) => {
    const { a, alice, clock } = await one();
    const { scheduleId } = await scheduleBy(alice, { target: a, missed });
    await clock.pass(30.5);
    const { firings } = await scheduleOf(scheduleId);
    expect(firings.map(({ outcome }) => outcome)).toEqual(["sent", "missed"]);
    expect(firings[1]?.note).toMatch(/^The times until .* came while the hub was down/);
  });

  it("all: the last hundred of them, over several turns, and it is said which were left out", async () => {
    const { a, alice, clock } = await one();
    const { scheduleId } = await scheduleBy(alice, { target: a, missed: "all", expression: "every 1m" });
    await clock.pass(SCHEDULE_CATCH_UP_MAX + 30);
    // One turn sends twenty; the alarm is due again at once.
    await expect
      .poll(async () => {
        await runAlarm();
        return (await scheduleOf(scheduleId)).fireCount;
      })
      .toBe(SCHEDULE_CATCH_UP_MAX);
    await alice.untilDelivered(SCHEDULE_CATCH_UP_MAX);
    const { firings } = await scheduleOf(scheduleId);
    expect(firings).toHaveLength(16);
    expect(firings.at(-1)).toMatchObject({
      outcome: "missed",
      note: expect.stringContaining("only the last 100 are sent"),
    });
  });

  it("are none while it was paused", async () => {
    const { a, alice, clock } = await one();
    const { scheduleId, createdAt } = await scheduleBy(alice, { target: a, missed: "all" });
    expect(await alice.ask({ action: "update_schedule", scheduleId, enabled: false })).toMatchObject({
      schedule: { enabled: false, state: "paused", nextFireAt: null },
    });
    await clock.pass(35);
    await alice.ask({ action: "update_schedule", scheduleId, enabled: true });
    const next = new Date(Date.parse(createdAt) + 40 * MINUTE_MS).toISOString();
    expect(await scheduleOf(scheduleId)).toMatchObject({ firings: [], nextFireAt: next });
  });

  it("wait while the disk is full, as if the hub was down", async () => {
    const { a, alice, clock } = await one();
    const { scheduleId } = await scheduleBy(alice, { target: a });
    await exchangeOf(env).noteDisk(false);
    await clock.pass(10);
    expect(await outcomesOf(scheduleId)).toEqual([]);
    expect(await call(`POST /api/schedules/${scheduleId}/run`)).toMatchObject({ body: { code: "disk_full" } });
    await exchangeOf(env).noteDisk(true);
    await runAlarm();
    expect(await outcomesOf(scheduleId)).toEqual(["sent"]);
  });
});

describe("[SC2] the end of a schedule", () => {
  it("is its count; cleared, it goes on", async () => {
    const { a, alice, clock } = await one();
    const { scheduleId } = await scheduleBy(alice, { target: a, maxFireCount: 2 });
    for (let n = 0; n < 3; n++) await clock.pass(10);
    expect(await scheduleOf(scheduleId)).toMatchObject({
      fireCount: 2,
      enabled: false,
      state: "used_up",
      nextFireAt: null,
    });
    expect(await patchSchedule(scheduleId, { enabled: true })).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining("It has fired 2 times") },
    });
    const { body } = await patchSchedule(scheduleId, { maxFireCount: null });
    expect(body).toMatchObject({ enabled: true, state: "active", nextFireAt: expect.any(String) });
    expect(body).not.toHaveProperty("maxFireCount");
    await clock.pass(10);
    expect(await scheduleOf(scheduleId)).toMatchObject({ fireCount: 3 });
  });

  it("is the time when it expires: nothing is sent after it, whatever was missed", async () => {
    const { a, alice, clock } = await one();
    const until = { expiresAt: inMinutes(25) };
    const made = await scheduleBy(alice, { target: a, ...until });
    const late = await scheduleBy(alice, { target: a, ...until, missed: "all" });
    await patchSchedule(late.scheduleId, { enabled: false });
    for (let n = 0; n < 2; n++) await clock.pass(10);
    await patchSchedule(late.scheduleId, { enabled: true }).then(({ status }) => expect(status).toBe(400));
    await clock.pass(10);
    expect(await scheduleOf(made.scheduleId)).toMatchObject({ fireCount: 2, state: "expired", nextFireAt: null });
    await patchSchedule(made.scheduleId, { expiresAt: null });
    await clock.pass(10);
    expect(await scheduleOf(made.scheduleId)).toMatchObject({ fireCount: 3, state: "active" });
    expect(await scheduleOf(late.scheduleId)).toMatchObject({ fireCount: 0 });
  });

  it("comes without a firing where the hub was down until after it", async () => {
    const { a, alice, clock } = await one();
    const { scheduleId } = await scheduleBy(alice, { target: a, expiresAt: inMinutes(15), missed: "all" });
    const lasting = await scheduleBy(alice, { target: a, missed: "all" });
    await clock.pass(30);
    expect(await scheduleOf(scheduleId)).toMatchObject({ fireCount: 0, state: "expired" });
    expect(await outcomesOf(scheduleId)).toEqual(["missed"]);
    expect((await scheduleOf(lasting.scheduleId)).fireCount).toBeGreaterThan(1);
  });

  it("is its one moment", async () => {
    const { a, alice, clock } = await one();
    const { scheduleId, nextFireAt } = await scheduleBy(alice, { target: a, expression: `at ${inMinutes(5)}` });
    expect(Date.parse(nextFireAt ?? "")).toBeGreaterThan(Date.now());
    await clock.pass(6);
    expect(await scheduleOf(scheduleId)).toMatchObject({
      fireCount: 1,
      state: "over",
      enabled: false,
      nextFireAt: null,
    });
  });

  it.each<[object, string]>([
    [{ expression: "0 0 30 2 *" }, "has no time in the next ten years"],
    [{ expression: "at 2020-01-01T00:00:00Z" }, "lies in the past"],
    [{ expiresAt: "2020-01-01T00:00:00Z" }, "after 2020-01-01T00:00:00.000Z, when it expires"],
    [{ expression: "0 0 9 * * *" }, "This has 6 fields"],
    [{ timeZone: "Mars/Olympus" }, "There is no time zone Mars/Olympus"],
    [{ metadata: Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`k${n}`, n])) }, "at most 32 keys"],
    [{ content: "x".repeat(65_537) }, "at most 65536 bytes"],
    [{ name: "two\nlines" }, "must be one line"],
    [{ maxFireCount: 0 }, "maxFireCount"],
  ])("may not come before its first time, %#", async (given, words) => {
    const { a } = await one();
    const { status, body } = await postSchedule({ target: a, ...given });
    expect([status >= 400 && status < 500, (body as { error: string }).error]).toEqual([
      true,
      expect.stringContaining(words),
    ]);
  });
});

describe("[SC3] a change", () => {
  it("of the expression counts from now, of other things leaves the next time alone", async () => {
    const { a, alice, clock } = await one();
    const { scheduleId, nextFireAt } = await scheduleBy(alice, { target: a });
    clock.advance(4 * MINUTE_MS);
    const renamed = await patchSchedule(scheduleId, { name: "other", metadata: { n: 1 } });
    expect(renamed.body).toMatchObject({ name: "other", metadata: { n: 1 }, nextFireAt });
    const { body } = await patchSchedule(scheduleId, { expression: "every 10 minutes", metadata: null });
    const moved = Date.parse((body as { nextFireAt: string }).nextFireAt);
    expect(moved).toBeGreaterThan(Date.parse(nextFireAt ?? ""));
    expect(body).not.toHaveProperty("metadata");
    expect(await patchSchedule(scheduleId, { expression: "0 0 30 2 *" })).toMatchObject({ status: 400 });
    expect(await scheduleOf(scheduleId)).toMatchObject({ expression: "every 10 minutes" });
  });

  it("of a schedule that is due does not lose that time", async () => {
    const { a, alice, clock } = await one();
    const { scheduleId } = await scheduleBy(alice, { target: a, maxFireCount: 5 });
    clock.advance(10 * MINUTE_MS);
    await patchSchedule(scheduleId, { maxFireCount: null });
    await runAlarm();
    expect(await outcomesOf(scheduleId)).toEqual(["sent"]);
  });

  it("keeps a pause, and the zone moves its times", async () => {
    const { a, alice } = await one();
    const { scheduleId } = await scheduleBy(alice, { target: a, expression: "0 9 * * *", timeZone: "UTC" });
    await patchSchedule(scheduleId, { enabled: false });
    expect((await patchSchedule(scheduleId, { timeZone: "Europe/Berlin" })).body).toMatchObject({ state: "paused" });
    const { body } = await patchSchedule(scheduleId, { enabled: true });
    const hour = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Berlin", hour: "2-digit" });
    expect(hour.format(new Date((body as { nextFireAt: string }).nextFireAt))).toBe("09");
  });

  it("may be sent now, besides its times", async () => {
    const { a, alice, clock } = await one();
    const made = await scheduleBy(alice, { target: a, overlap: "skip", messageType: "task" });
    for (let n = 1; n <= 2; n++) {
      const { status, body } = await call(`POST /api/schedules/${made.scheduleId}/run`);
      expect([status, body]).toMatchObject([200, { outcome: "sent", recipients: 1 }]);
      expect(body).not.toHaveProperty("dueAt");
      await alice.untilDelivered(n);
    }
    expect(await scheduleOf(made.scheduleId)).toMatchObject({ fireCount: 0, nextFireAt: made.nextFireAt });
    // What it opened counts for its times.
    await clock.pass(10);
    expect(await outcomesOf(made.scheduleId)).toEqual(["sent", "sent", "skipped"]);
  });
});
