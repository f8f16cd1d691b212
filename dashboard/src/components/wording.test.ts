/** The small pure parts of components: how they count, cut and name. */
import { expect, it } from "vitest";
import { wrapIndex } from "./combobox.tsx";
import { describeStep } from "./delivery-state.tsx";
import { shortenSession } from "./instance-name.tsx";
import { describeKeys } from "./shortcuts.ts";

it("says how long a step took, as precisely as somebody needs it", () => {
  const at = (ms: number) => new Date(Date.UTC(2026, 10, 22) + ms).toISOString();
  expect(describeStep(undefined, at(0))).toBe("");
  expect(describeStep(at(0), at(40))).toBe("+40 ms");
  expect(describeStep(at(0), at(1_240))).toBe("+1.2 s");
  expect(describeStep(at(0), at(200_000))).toBe("+3 min");
  expect(describeStep(at(0), at(7_300_000))).toBe("+2 h");
});

it("cuts a session to what tells it from others of the same hour", () => {
  expect(shortenSession("0192f3a1-aaaa-7bbb-8ccc-5d21b07c9f10")).toBe("…7c9f10");
  expect(shortenSession("main")).toBe("main");
});

it("goes round a list by single steps, and stops at its ends by larger ones", () => {
  expect([wrapIndex(2, 1, 3), wrapIndex(0, -1, 3), wrapIndex(1, 10, 3), wrapIndex(1, -10, 3)]).toEqual([0, 2, 2, 0]);
  expect(wrapIndex(0, 1, 0)).toBe(0);
});

it("names keys as they are printed", () => {
  expect(describeKeys("$mod+k").at(-1)).toBe("k");
  expect(describeKeys("[Shift]+?")).toEqual(["?"]);
  expect(describeKeys("g t")).toEqual(["g", "t"]);
});
