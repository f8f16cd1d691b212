import { expect, it } from "vitest";
import { fc } from "../../test/helpers/property.ts";
import { RecentIds } from "./recent-ids.ts";

it("is sure of an id above every other, and of no id that was noted", () => {
  const ids = new RecentIds("m", 10);
  expect(ids.mayHave("n")).toBe(false);
  ids.note("n");
  expect(ids.mayHave("n")).toBe(true);
});

it("leaves ids up to the highest on disk to the disk", () => {
  const ids = new RecentIds("m", 10);
  expect([ids.mayHave("a"), ids.mayHave("m")]).toEqual([true, true]);
});

it("is sure of everything when the disk is empty", () => {
  expect(new RecentIds("", 10).mayHave("0")).toBe(false);
});

it("never denies an id that was used, in whatever order ids come and however few it remembers", () => {
  const used = fc.array(fc.uuid(), { maxLength: 50 });
  fc.assert(
    fc.property(used, used, fc.integer({ min: 1, max: 8 }), (onDisk, noted, max) => {
      const highest = onDisk.reduce((a, b) => (a > b ? a : b), "");
      const ids = new RecentIds(highest, max);
      for (const id of noted) ids.note(id);
      for (const id of [...onDisk, ...noted]) expect(ids.mayHave(id)).toBe(true);
    }),
  );
});
