/**
 * T3, T5, T6 by seeds: sessions of one role get tasks for any of it, while they are killed, cleared and resumed, and the hub is
 * killed. CC2CC_SIMULATION_SEEDS takes other seeds, CC2CC_SIMULATION_TASKS more tasks (vitest.config.ts).
 */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { HubEventOf } from "../../shared/events.ts";
import { SeededRandom } from "../helpers/seeded-random.ts";
import { useClock } from "../helpers/workerd/clock.ts";
import { freshIds, runAlarm, storeRows } from "../helpers/workerd/hub.ts";
import { readLedger, replayOf } from "./audit-tasks.ts";
import { crashHub, reassign, wakeHub } from "./hub-driver.ts";
import { Observer } from "./observer.ts";
import { draw } from "./parts.ts";
import { Team } from "./task-team.ts";

const settings = env as { CC2CC_SIMULATION_SEEDS?: string; CC2CC_SIMULATION_TASKS?: string };
const SEEDS = settings.CC2CC_SIMULATION_SEEDS?.split(",").map(Number) ?? [1, 2];
const TASKS = Number(settings.CC2CC_SIMULATION_TASKS ?? 1_000);
const WORKERS = 10;
const CRASHES = 10;
const ROUNDS = 60;

class Run {
  readonly team: Team;
  readonly observer = new Observer();
  /** How many tasks an operator gave to another. */
  reassigned = 0;
  readonly #clock: { advance(ms: number): void };
  readonly #random: SeededRandom;

  constructor(seed: number, clock: { advance(ms: number): void }) {
    this.#clock = clock;
    this.#random = new SeededRandom(seed);
    this.team = new Team(freshIds().partial, `team-${crypto.randomUUID()}`, WORKERS);
  }

  async begin(): Promise<void> {
    await this.observer.connect();
    await this.team.begin();
  }

  async round(n: number): Promise<void> {
    const random = this.#random;
    const isCrash = n % Math.floor(ROUNDS / CRASHES) === 3;
    const doing = this.#doSome();
    if (isCrash) {
      for (let loops = random.int(0, 20); loops > 0; loops--) await scheduler.wait(0);
      await crashHub();
    }
    await doing;
    if (isCrash) await this.#wake();
    await this.checkOwners();
  }

  /** Several at the same time, so that a crash meets them in the middle. */
  async #doSome(): Promise<void> {
    const random = this.#random;
    const { team } = this;
    const count = Math.ceil(TASKS / ROUNDS);
    const actions = [team.ask(random, Math.min(count, TASKS - team.asked.size))];
    for (const worker of team.workers) {
      const action = draw<() => Promise<void>>(random, [
        [50, () => team.work(worker, random)],
        [10, () => team.answerFromMemory(worker, random)],
        [8, () => worker.kill()],
        [20, () => worker.connect().catch(() => undefined)],
        [10, () => worker.changeSession(random)],
        [20, () => Promise.resolve()],
      ]);
      actions.push(action());
    }
    if (random.chance(0.5)) actions.push(this.#reassignOne());
    await Promise.all(actions);
    if (random.chance(0.3)) {
      this.#clock.advance(random.pick([10_000, 61_000, 121_000]));
      await runAlarm().catch(() => undefined);
    }
  }

  /** T6: an operator gives one task to another; that may be its end's moment, or the hub's. */
  async #reassignOne(): Promise<void> {
    const random = this.#random;
    const asked = [...this.team.asked.keys()];
    if (asked.length === 0) return;
    const given = await reassign(random.pick(asked), random.pick(this.team.workers).id);
    if (given) this.reassigned++;
  }

  /** What is on disk after a crash holds before anybody is back. */
  async #wake(): Promise<void> {
    await wakeHub();
    await this.checkOwners();
    await this.observer.connect();
    await this.team.boss.connect();
    for (const worker of this.team.workers) if (this.#random.chance(0.7)) await worker.connect();
  }

  /** T3: the message of an open task is in one queue at most, which is its owner's. */
  async checkOwners(): Promise<void> {
    const rows = await storeRows(
      `SELECT task_id, count(*) AS deliveries, sum(deliveries.owner IS NOT tasks.owner AND deliveries.state < 2) AS others
       FROM tasks JOIN messages ON message_id = task_id JOIN deliveries USING (position)
       WHERE tasks.role = ? AND tasks.state < 4 GROUP BY task_id HAVING deliveries > 1 OR others > 0`,
      this.team.role,
    );
    expect(rows).toEqual([]);
  }

  /** Everyone comes back and does what is left. */
  async finish(): Promise<void> {
    const { team } = this;
    for (const member of team.members) await member.connect();
    for (let tries = 0; tries < 100; tries++) {
      await team.ask(this.#random, 0);
      for (const worker of team.workers) await team.work(worker, this.#random, 1);
      const [open] = await storeRows<{ n: number }>(
        "SELECT count(*) AS n FROM tasks WHERE role = ? AND state < 4",
        team.role,
      );
      if (open?.n === 0) return;
      // What went to an id that nobody uses any more goes on.
      this.#clock.advance(121_000);
      await runAlarm();
    }
    throw new Error("some tasks never ended");
  }

  close(): void {
    this.observer.close();
  }
}

it.each(SEEDS)(
  "[T3] [T5] [T6] each task has one owner, and is completed once; the ledger is its history; seed %i",
  async (seed) => {
    const run = new Run(seed, useClock());
    await run.begin();
    for (let n = 0; n < ROUNDS; n++) await run.round(n);
    await run.finish();
    const { team, observer } = run;

    const { role } = team;
    const rows = await storeRows<{ id: string; state: number; completed: number; owners: number }>(
      `SELECT task_id AS id, tasks.state, sum(task_steps.state = 4) AS completed, sum(task_steps.state = 0) AS owners
     FROM tasks JOIN task_steps ON task = number WHERE tasks.role = ? GROUP BY task_id`,
      role,
    );
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(team.asked.keys()));
    expect(rows).toHaveLength(TASKS);
    expect(rows.filter(({ state, completed }) => state !== 4 || completed !== 1)).toEqual([]);
    // A run in which nothing changed hands would prove nothing.
    expect(rows.filter(({ owners }) => owners > 0).length).toBeGreaterThan(TASKS / 50);
    expect(run.reassigned).toBeGreaterThan(0);

    // The stream is some tenths of a second behind; the end of a task is the last that it tells of it.
    const toldEnds = async () => {
      // C6: time that passed in the run was silence to the hub, and an alarm that was set while the clock was ahead does not
      // ring by itself.
      await observer.connect();
      await runAlarm();
      return observer.events.filter((event) => event.event === "task:changed" && isEnd(event, role)).length;
    };
    await expect.poll(toldEnds, { timeout: 30_000, interval: 200 }).toBe(TASKS);
    const replay = replayOf(observer);
    expect(new Map([...replay.tasks].filter(([, task]) => task.role === role))).toEqual(await readLedger(role));
    expect([...observer.faults, ...replay.faults]).toEqual([]);
    run.close();
  },
);

function isEnd(event: HubEventOf<"task:changed">, role: string): boolean {
  return event.role === role && event.state === "completed";
}
