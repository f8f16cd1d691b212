import { expect, it } from "vitest";
import { hueOf } from "./sender-hue.ts";

it("gives a name the same hue for ever", () => {
  expect(hueOf("ana@desk:web/1")).toBe(315);
});

it("spreads sessions that differ in their last letters", () => {
  const hues = Array.from({ length: 240 }, (_, n) => hueOf(`ana@desk:web/0192f3a1-5d21b07c${n.toString(16)}`));
  expect(hues.every((hue) => hue >= 0 && hue < 360)).toBe(true);
  const most = Math.max(...[...Map.groupBy(hues, (hue) => hue).values()].map((same) => same.length));
  expect(new Set(hues).size).toBe(24);
  expect(most).toBeLessThan(30);
});
