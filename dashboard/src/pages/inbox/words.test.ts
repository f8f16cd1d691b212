import { expect, it } from "vitest";
import { showHidden, timeLeft } from "./words.ts";

it("says how much time is left in the unit that people would say it in", () => {
  const now = Date.parse("2026-11-22T12:00:00.000Z");
  const left = (seconds: number) => timeLeft(new Date(now + seconds * 1_000).toISOString(), now);
  expect([0, 5, 119, 121, 7_199, 7_201, 172_801].map(left)).toEqual([
    "now",
    "5 s",
    "119 s",
    "2 min",
    "119 min",
    "2 h",
    "2 d",
  ]);
});

it("shows characters that change how a line reads, and leaves letters of any script alone", () => {
  expect(showHidden("rm \u202e-rf\u200b x")).toBe("rm \\u202e-rf\\u200b x");
  expect(showHidden("löschen 削除 مسح 👩‍🚀".replace("\u200d", ""))).toBe("löschen 削除 مسح 👩🚀");
});
