/** Short exchanges that fill the time between the stories, and after them for as long as the demo runs. */
import type { SeededRandom } from "../test/helpers/seeded-random.ts";
import type { Story } from "./story.ts";
import type { MemberName } from "./team.ts";

type Talk = (random: SeededRandom) => Story;

/** Everyone but `guide`, who is away. */
const PRESENT: readonly MemberName[] = ["shop", "checks", "pay", "audit", "find", "rank", "ship", "base"];
const FILES = [
  "src/cart/total.ts",
  "src/charges/handler.ts",
  "index/schema.py",
  "deploy/rollout.yaml",
  "src/http/retry.ts",
];
const FUNCTIONS = ["parseAmount", "roundToMinorUnit", "mergeFilters", "backoffMs", "isExpired", "normalizeQuery"];
const SERVICES = ["storefront", "payments", "search", "gateway"];

const TALKS: readonly Talk[] = [
  (random) => {
    const [by, to] = pickTwo(random);
    const name = random.pick(FUNCTIONS);
    const file = random.pick(FILES);
    return [
      {
        by,
        to,
        type: "question",
        as: "ask",
        text: `Who calls \`${name}\` besides \`${file}\`? I would like to change what it returns.`,
      },
      {
        by: to,
        to: by,
        type: "result",
        re: "ask",
        after: 4,
        text: `${random.int(2, 5)} places, all in this repository; none of them looks at more than the first field. \`rg -n "${name}\\("\` shows them.`,
      },
    ];
  },
  (random) => {
    const [by, to] = pickTwo(random);
    const failed = random.int(1, 3);
    return [
      {
        by,
        to,
        type: "task",
        as: "run",
        text: `Please run the tests of \`${random.pick(FILES)}\` on your machine, ten times; here they fail about one time in ${random.int(4, 9)}.`,
      },
      { by: to, to: by, type: "ack", re: "run", after: 1, text: "Started." },
      {
        by: to,
        to: by,
        type: "result",
        re: "run",
        after: 6,
        text: `${10 - failed} of 10 green. The ${failed === 1 ? "red one timed" : "red ones time"} out at **${random.int(4, 9)}.${random.int(0, 9)} s** while waiting for the port.`,
      },
    ];
  },
  (random) => {
    const service = random.pick(SERVICES);
    const before = random.int(120, 180);
    return [
      {
        by: "ship",
        to: "topic:releases",
        type: "result",
        persistent: random.chance(0.5),
        text: `\`${service}\` **2.${random.int(20, 40)}.${random.int(0, 9)}** is on staging. Start-up ${before - random.int(5, 40)} ms instead of ${before}, image ${random.int(40, 90)} MB.`,
      },
    ];
  },
  (random) => {
    const name = random.pick(FUNCTIONS);
    const by = random.pick(["shop", "pay", "find"] as const);
    return [
      {
        by,
        to: "role:reviewer",
        type: "task",
        as: "look",
        text: `A short one: \`${name}\` has an off-by-one at the end of the month. +${random.int(3, 12)} −${random.int(1, 6)}, with a test.`,
      },
      {
        by: random.pick(["audit", "rank"] as const),
        to: by,
        type: "result",
        re: "look",
        after: 5,
        text: `Looked at \`${name}\`: fine, merge when green.`,
      },
    ];
  },
  (random) => {
    const [by, to] = pickTwo(random);
    return [
      { by, to, type: "ping", text: "Are you at a good point to take something?", as: "there" },
      {
        by: to,
        to: by,
        type: "ack",
        re: "there",
        after: 1,
        text: random.pick(["Yes, go on.", "In a minute.", "After this test run."]),
      },
    ];
  },
  (random) => [
    {
      by: random.pick(["pay", "base"] as const),
      to: "topic:payments/incidents",
      type: "ping",
      text: `Watching: p95 **${random.int(150, 240)} ms**, ${random.int(20, 48)} of 100 connections, no waiters.`,
    },
  ],
];

/** `count` short exchanges by chance. */
export function makeSmallTalk(count: number, random: SeededRandom): Story[] {
  return Array.from({ length: count }, () => random.pick(TALKS)(random));
}

function pickTwo(random: SeededRandom): [MemberName, MemberName] {
  const first = random.pick(PRESENT);
  return [first, random.pick(PRESENT.filter((name) => name !== first))];
}
