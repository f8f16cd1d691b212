import { expect, it } from "vitest";
import { PULSE_MS, Pulses } from "./pulses.ts";

it("runs from one end to the other, and is gone then", () => {
  const pulses = new Pulses();
  pulses.add("a b", "red", 1_000);
  const progressAt = (now: number) => pulses.at(now)[0]?.progress;
  expect(progressAt(1_000)).toBe(0);
  expect(progressAt(1_000 + PULSE_MS / 2)).toBe(0.5);
  expect(progressAt(1_000 + PULSE_MS)).toBeUndefined();
  expect(pulses.isEmpty).toBe(true);
});

it("tells a burst by one dot an arrow, and by a bounded number in all", () => {
  const pulses = new Pulses();
  for (let i = 0; i < 10; i++) pulses.add("a b", "red", 1_000 + i);
  expect(pulses.at(1_010)).toHaveLength(1);
  for (let i = 0; i < 1_000; i++) pulses.add(`a ${i}`, "red", 1_000);
  expect(pulses.at(1_010)).toHaveLength(150);
});
