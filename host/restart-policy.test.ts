import { expect, it } from "vitest";
import { decideRestart } from "./restart-policy.ts";

const history = { endedAt: [1_000], startsInVain: 0, wasEverHealthy: true };

it("restarts at once after a single crash", () => {
  expect(decideRestart(history, 1_000)).toBe(0);
});

it("waits longer with every crash of the last ten seconds, up to one second", () => {
  const endedAt = [0, 1, 2, 3, 4, 5, 6, 7];
  const pauses = endedAt.map((_, index) => decideRestart({ ...history, endedAt: endedAt.slice(0, index + 1) }, 10));
  expect(pauses).toEqual([0, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
});

it("forgets crashes of long ago", () => {
  expect(decideRestart({ ...history, endedAt: [0, 1, 2, 20_000] }, 20_000)).toBe(0);
});

it("gives up on what never came up, and after five starts in vain", () => {
  expect(decideRestart({ ...history, wasEverHealthy: false }, 1_000)).toBe("give up");
  expect(decideRestart({ ...history, startsInVain: 4 }, 1_000)).toBe(0);
  expect(decideRestart({ ...history, startsInVain: 5 }, 1_000)).toBe("give up");
});
