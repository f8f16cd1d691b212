/** The whole demo for a seed, before anything of it happens. */
import { SeededRandom } from "../test/helpers/seeded-random.ts";
import { makeSmallTalk } from "./small-talk.ts";
import { STORIES } from "./stories.ts";
import { planTimeline, type TimedStep } from "./story.ts";
import { gatherTeam, type MemberName, type Person } from "./team.ts";

/** The stories' minute. */
const FILL_MS = 60_000;
const FILL_TALKS = 24;
/** One round of what goes on after it. */
const ROUND_MS = 60_000;
const ROUND_TALKS = 12;

export interface Script {
  team: Record<MemberName, Person>;
  fill: TimedStep[];
  /** Without end. */
  rounds: Generator<TimedStep[], never, void>;
}

export function writeScript(seed: number): Script {
  const random = new SeededRandom(seed);
  const team = gatherTeam(random);
  const fill = planTimeline([...STORIES, ...makeSmallTalk(FILL_TALKS, random)], FILL_MS, random);
  return { team, fill, rounds: makeRounds(random) };
}

function* makeRounds(random: SeededRandom): Generator<TimedStep[], never, void> {
  while (true) yield planTimeline(makeSmallTalk(ROUND_TALKS, random), ROUND_MS, random);
}
