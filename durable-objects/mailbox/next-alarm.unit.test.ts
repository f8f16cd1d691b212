import { expect, it } from "vitest";
import { nextAlarm } from "./next-alarm.ts";

const NONE = { queueDueAt: null, silentAt: null, purgeAt: null, reportAt: null };

it("needs no alarm without a reason", () => {
  expect(nextAlarm(NONE)).toBeNull();
  expect(nextAlarm({ ...NONE, queueDueAt: Number.POSITIVE_INFINITY })).toBeNull();
});

it("takes the earliest reason, whichever it is", () => {
  expect(nextAlarm({ queueDueAt: 1, silentAt: 2, purgeAt: 3, reportAt: 4 })).toBe(1);
  expect(nextAlarm({ queueDueAt: Number.POSITIVE_INFINITY, silentAt: 2, purgeAt: 3, reportAt: null })).toBe(2);
  expect(nextAlarm({ ...NONE, purgeAt: 3 })).toBe(3);
  expect(nextAlarm({ ...NONE, purgeAt: 3, reportAt: 2 })).toBe(2);
});

it("does not take a reason at 0 for none", () => {
  expect(nextAlarm({ ...NONE, purgeAt: 0, silentAt: 5 })).toBe(0);
});
