import { expect, it } from "vitest";
import { SAME_WAKE_MS, WakeBudget } from "./wake-budget.ts";

const MINUTE = 60_000;
const LIMIT = { count: 20, windowMs: 10 * MINUTE };

it("[G2] allows 20 wakes in ten minutes, and the next when the first is that long ago", () => {
  const budget = new WakeBudget(LIMIT);
  for (let n = 0; n < 20; n++) {
    expect(budget.mayWake(n * 1_000)).toBe(true);
    budget.note(n * 1_000);
    budget.noteTurnEnd();
  }
  expect(budget.nextAt(20_000)).toBe(10 * MINUTE);
  expect(budget.mayWake(10 * MINUTE - 1)).toBe(false);
  expect(budget.mayWake(10 * MINUTE)).toBe(true);
  budget.note(10 * MINUTE);
  budget.noteTurnEnd();
  expect(budget.nextAt(10 * MINUTE)).toBe(10 * MINUTE + 1_000);
});

it("[G2] counts as one what is written before a turn has ended and within some seconds", () => {
  const budget = new WakeBudget({ count: 2, windowMs: MINUTE });
  for (const at of [0, 1, SAME_WAKE_MS - 1]) budget.note(at);
  expect(budget.mayWake(SAME_WAKE_MS)).toBe(true);
  budget.note(SAME_WAKE_MS);
  // Of the wake that is under way more may be written, of another nothing.
  expect(budget.mayWake(SAME_WAKE_MS + 1)).toBe(true);
  budget.noteTurnEnd();
  expect(budget.mayWake(SAME_WAKE_MS + 1)).toBe(false);
});

it("[G2] has no limit at 0", () => {
  const budget = new WakeBudget({ count: 0, windowMs: MINUTE });
  for (let n = 0; n < 1_000; n++) {
    budget.note(n);
    budget.noteTurnEnd();
  }
  expect(budget.mayWake(1_000)).toBe(true);
});
