import { expect, it } from "vitest";
import { fc } from "../../test/helpers/property.ts";
import { type HighestIds, RecentIds } from "./recent-ids.ts";

const EMPTY: HighestIds = { sorted: "", other: "" };

it("is sure of an id above every other of its kind, and of no id that was noted", () => {
  for (const [highest, above] of [
    ["01m", "01n"],
    ["m", "n"],
  ] as const) {
    const ids = new RecentIds(highestOf([highest]), 10);
    expect(ids.mayHave(above)).toBe(false);
    ids.note(above);
    expect(ids.mayHave(above)).toBe(true);
  }
});

it("leaves ids up to the highest of their kind on disk to the disk", () => {
  const ids = new RecentIds(highestOf(["01m", "m"]), 10);
  expect(["01a", "01m", "a", "m"].map((id) => ids.mayHave(id))).toEqual([true, true, true, true]);
});

it("is sure of ids that sort by time, whatever others there are, and after more than it remembers", () => {
  const ids = new RecentIds(highestOf(["ffff", "0199"]), 2);
  expect(ids.mayHave("019a")).toBe(false);
  for (const id of ["fffe", "019a", "fffd", "019b", "ffff0"]) ids.note(id);
  expect([ids.mayHave("019c"), ids.mayHave("019b"), ids.mayHave("fff0")]).toEqual([false, true, true]);
});

it("is sure of everything when the disk is empty", () => {
  expect(new RecentIds(EMPTY, 10).mayHave("0")).toBe(false);
});

function highestOf(ids: readonly string[]): HighestIds {
  const max = (some: string[]) => some.reduce((a, b) => (a > b ? a : b), "");
  return { sorted: max(ids.filter((id) => id < "02")), other: max(ids.filter((id) => id >= "02")) };
}

it("never denies an id that was used, in whatever order ids come and however few it remembers", () => {
  const used = fc.array(fc.oneof(fc.uuid(), fc.uuid({ version: 7 })), { maxLength: 50 });
  fc.assert(
    fc.property(used, used, fc.integer({ min: 1, max: 8 }), (onDisk, noted, max) => {
      const ids = new RecentIds(highestOf(onDisk), max);
      for (const id of noted) ids.note(id);
      for (const id of [...onDisk, ...noted]) expect(ids.mayHave(id)).toBe(true);
    }),
  );
});
