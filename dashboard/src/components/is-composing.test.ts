import { expect, it } from "vitest";
import { isComposing } from "./is-composing.ts";

const key = (event: Partial<KeyboardEvent>) => event as KeyboardEvent;

it("leaves keys of a composition to the input method, in Safari too, and no others", () => {
  expect(isComposing(key({ key: "Enter", isComposing: true, keyCode: 13 }))).toBe(true);
  expect(isComposing(key({ key: "Enter", isComposing: false, keyCode: 229 }))).toBe(true);
  expect(isComposing(key({ key: "Enter", isComposing: false, keyCode: 13 }))).toBe(false);
});
