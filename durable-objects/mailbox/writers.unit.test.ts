import { expect, it } from "vitest";
import { Writers } from "./writers.ts";

it("counts each mailbox once a second, and those of the second before until there are more", () => {
  const writers = new Writers();
  writers.note(0, 10_000);
  writers.note(10_000, 10_400);
  writers.note(0, 10_500);
  expect(writers.countAt(10_900)).toBe(2);
  writers.note(10_500, 11_100);
  expect(writers.countAt(11_200)).toBe(2);
  for (let mailbox = 0; mailbox < 3; mailbox++) writers.note(10_900, 11_300);
  expect(writers.countAt(11_999)).toBe(4);
});

it("forgets those that wrote before a pause", () => {
  const writers = new Writers();
  writers.note(0, 10_000);
  expect(writers.countAt(11_500)).toBe(1);
  expect(writers.countAt(12_000)).toBe(0);
});
