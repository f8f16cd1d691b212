/**
 * SC1 by seeds: schedules of all policies over hours in which the hub is killed, in the middle of firings too, and stays down for
 * a while. At the end each of their times was dealt with once, and what was told as sent is stored, once.
 */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { exchangeOf } from "../../durable-objects/env.ts";
import type { MissedPolicy, Schedule } from "../../shared/schedules.ts";
import { SeededRandom } from "../helpers/seeded-random.ts";
import { ADMIN, crash, crashExchange, freshIds, runAlarm, storeRows } from "../helpers/workerd/hub.ts";
import { MINUTE_MS, scheduleBy, scheduleEvents, scheduleOf, useScheduleClock } from "../helpers/workerd/schedules.ts";
import { TestClient } from "../helpers/workerd/test-client.ts";
import { auditSchedule, type ScheduleRecord, type ToldFiring } from "./audit-schedules.ts";
import { draw } from "./parts.ts";

const settings = env as { CC2CC_SIMULATION_SEEDS?: string };
const SEEDS = settings.CC2CC_SIMULATION_SEEDS?.split(",").map(Number) ?? [1, 2, 3];
const STEPS = 40;
const POLICIES: readonly MissedPolicy[] = ["skip", "once", "all"];

type Clock = ReturnType<typeof useScheduleClock>;

class Run {
  readonly #random: SeededRandom;
  readonly #clock: Clock;
  readonly #schedules: { made: Schedule; everyMs: number }[] = [];
  crashes = 0;

  constructor(seed: number, clock: Clock) {
    this.#random = new SeededRandom(seed);
    this.#clock = clock;
  }

  /** Its recipient is away: what it was sent waits in the store. */
  async begin(): Promise<void> {
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    for (const missed of POLICIES) {
      for (const minutes of [1, 7]) {
        const made = await scheduleBy(client, { target: a, missed, expression: `every ${minutes}m` });
        this.#schedules.push({ made, everyMs: minutes * MINUTE_MS });
      }
    }
    await client.close();
  }

  async step(): Promise<void> {
    const random = this.#random;
    await draw<() => Promise<void>>(random, [
      [50, () => this.#clock.pass(random.int(1, 12) / 4)],
      [10, () => this.#clock.pass(random.int(5, 40))],
      [30, () => this.#crashWhileItFires()],
      [10, () => crashExchange()],
    ])();
  }

  /** The alarm rings, and some turns later all is gone. */
  async #crashWhileItFires(): Promise<void> {
    this.crashes++;
    this.#clock.advance(this.#random.int(1, 12) * 15_000);
    const ringing = runAlarm().catch(() => undefined);
    for (let turns = this.#random.int(0, 40); turns > 0; turns--) {
      await (this.#random.chance(0.5) ? Promise.resolve() : scheduler.wait(0));
    }
    await crash();
    await ringing;
  }

  /** Rings until nothing is due any more; returns what is known of each schedule. */
  async end(): Promise<ScheduleRecord[]> {
    await this.#clock.pass(0.1);
    const isDue = async () =>
      (await storeRows("SELECT 1 FROM schedules WHERE next_fire_at <= ? LIMIT 1", Date.now())).length > 0;
    while (await isDue()) await runAlarm();
    // They stop here: the minutes of the run go on.
    const ends = await Promise.all(this.#schedules.map(({ made }) => stop(made)));
    const records: ScheduleRecord[] = [];
    for (const [n, { made, everyMs }] of this.#schedules.entries()) {
      records.push(await recordOf(made, everyMs, ends[n] as number));
    }
    return records;
  }
}

/** Pauses a schedule; returns the time that it would have come to next, epoch ms. */
async function stop({ scheduleId }: Schedule): Promise<number> {
  const { nextFireAt } = await scheduleOf(scheduleId);
  await exchangeOf(env).updateSchedule(scheduleId, { enabled: false }, ADMIN);
  return Date.parse(nextFireAt ?? "");
}

/** What is known of a schedule, whose times before `until` have all come. */
async function recordOf(made: Schedule, everyMs: number, until: number): Promise<ScheduleRecord> {
  const { scheduleId, createdAt, missed } = made;
  const times: string[] = [];
  for (let at = Date.parse(createdAt) + everyMs; at < until; at += everyMs) times.push(new Date(at).toISOString());
  const stored = await storeRows<{ id: string }>(
    "SELECT message_id AS id FROM messages WHERE instr(body, ?)",
    scheduleId,
  );
  return { times, isEachSent: missed === "all", told: await toldOf(scheduleId), stored: stored.map(({ id }) => id) };
}

/** All that the stream tells of it, once the journal has all of it. */
async function toldOf(scheduleId: string): Promise<ToldFiring[]> {
  const outbox = async () => {
    // What the journal has confirmed leaves with the next turn.
    await runAlarm();
    return storeRows("SELECT seq FROM outbox LIMIT 1");
  };
  await expect.poll(outbox, { timeout: 5_000 }).toEqual([]);
  return (await scheduleEvents(scheduleId)).flatMap((event) =>
    event.event === "schedule:fired"
      ? [{ dueAt: event.dueAt, outcome: event.outcome, messageId: event.messageId }]
      : [],
  );
}

it.each(SEEDS)(
  "[SC1] each time is dealt with once, whatever is killed; seed %i",
  async (seed) => {
    const run = new Run(seed, useScheduleClock());
    await run.begin();
    for (let n = 0; n < STEPS; n++) await run.step();
    const records = await run.end();
    expect(records.map(auditSchedule)).toEqual(records.map(() => []));
    // A run in which little happened would prove nothing.
    expect(records.flatMap(({ stored }) => stored).length).toBeGreaterThan(50);
    expect(run.crashes).toBeGreaterThan(3);
    const outcomes = new Set(records.flatMap(({ told }) => told.map(({ outcome }) => outcome)));
    expect([...outcomes].sort()).toEqual(["missed", "sent"]);
  },
  60_000,
);

describe("the audit", () => {
  const at = (minute: number) => `2026-11-29T10:0${minute}:00.000Z`;
  const well: ScheduleRecord = {
    times: [at(1), at(2)],
    isEachSent: true,
    told: [
      { dueAt: at(1), outcome: "sent", messageId: "one" },
      { dueAt: at(2), outcome: "sent", messageId: "two" },
    ],
    stored: ["one", "two"],
  };

  it("finds nothing where all is well", () => expect(auditSchedule(well)).toEqual([]));

  it.each([
    ["twice told", { told: [...well.told, ...well.told.slice(1)] }, `${at(2)} was dealt with twice`],
    ["twice stored", { stored: ["one", "two", "two"] }, "two is stored twice"],
    ["sent again under another id", { stored: ["one", "two", "three"] }, "three is stored, and was not told"],
    ["lost", { stored: ["one"] }, `${at(2)} was told as sent, and is not stored`],
    ["left out", { told: well.told.slice(1), stored: ["two"] }, `${at(1)} was not sent`],
  ])("finds what was %s", (_, broken, problem) => {
    expect(auditSchedule({ ...well, ...broken })).toContain(problem);
  });

  it("finds a hub that fires and moves on in two steps, between which it is killed", async () => {
    const clock = useScheduleClock();
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    const made = await scheduleBy(client, { target: a });
    await clock.pass(10);
    // As if the second step had not come to be.
    await storeRows(
      "UPDATE schedules SET next_fire_at = ? WHERE schedule_id = ?",
      Date.parse(made.nextFireAt ?? ""),
      made.scheduleId,
    );
    await runAlarm();
    const record = await recordOf(made, 10 * MINUTE_MS, await stop(made));
    expect(auditSchedule(record)).toEqual([`${made.nextFireAt} was dealt with twice`]);
    // And its recipient has it once all the same: the id of a time is the same each time.
    expect(record.stored).toHaveLength(1);
    await client.untilDelivered(1);
    await client.sync();
    expect(client.delivered).toHaveLength(1);
  });
});
