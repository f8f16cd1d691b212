/**
 * Random runs of topics, roles and changes of id against the real hub, with crashes and evictions between and within them.
 * A run is fixed by its seed: crashes come after a number of turns, or with what a client gets. `CC2CC_SIMULATION_SEEDS=101,102 npm test -- --project workers crowd` takes other seeds.
 */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { SeededRandom } from "../helpers/seeded-random.ts";
import { useClock } from "../helpers/workerd/clock.ts";
import { Crowd } from "./crowd.ts";

const STEPS = 30;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
/** Seeds that once failed, each with what it found. */
const PINNED: [seed: number, found: string][] = [
  [5, "a live publication that was answered just before a crash, in no history and no stream"],
  [67, "a tab that was let go although a message waited, as a crash had forgotten its depth"],
  [85, "a message that was answered, missing from history and stream for good after crashes in short order"],
  [101, "a persistent publication that was answered just before a crash, in no history and no stream"],
];

async function run(seed: number, isCalm = false): Promise<void> {
  const crowd = new Crowd(useClock(), isCalm);
  const random = new SeededRandom(seed);
  let ended = "to its end";
  try {
    await crowd.begin();
    for (let step = 0; step < STEPS; step++) await crowd.step(random);
    await crowd.finish();
  } catch (error) {
    ended = `to step ${crowd.trace.length}: ${String(error)}`;
  }
  if (crowd.faults.length > 0 || ended !== "to its end") {
    const trace = crowd.trace.map((what, step) => `${step}: ${what}`);
    throw new Error([`seed ${seed} came ${ended}`, ...crowd.faults, "", ...trace].join("\n"));
  }
  // A run in which nothing arrives would prove nothing.
  expect(crowd.ledger.people.flatMap((person) => person.had).length).toBeGreaterThan(STEPS / 2);
}

const timeout = 120_000;

const seeds =
  (env as { CC2CC_SIMULATION_SEEDS?: string }).CC2CC_SIMULATION_SEEDS?.split(",").map(Number) ??
  SEEDS.filter((seed) => PINNED.every(([pinned]) => pinned !== seed));

it.each(seeds)(
  "all that is told agrees, with crashes, in the run of seed %i (E3, Q1–Q9, C9, A4, S1–S5)",
  { timeout },
  (seed) => run(seed),
);
// Seeds of their own: a hub takes the ids of a run only once.
it.each(seeds.slice(0, 3).map((seed) => seed + 1_000))(
  "all that is told agrees in the run of seed %i without a crash",
  { timeout },
  (seed) => run(seed, true),
);
it.each(PINNED)("all that is told agrees in the run of seed %i, which found: %s", { timeout }, (seed) => run(seed));
