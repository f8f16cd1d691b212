import { expect, it } from "vitest";
import { maskPath } from "./log-refusals.ts";

it("keeps of a path what names things, and nothing that could be a key", () => {
  expect(maskPath("/api/queue/ada@laptop:api/one")).toBe("/api/queue/ada@laptop:api/one");
  expect(maskPath(`/api/keys/cc2cc_${"a1".repeat(32)}/x`)).toBe("/api/keys/…/x");
  expect(maskPath(`/${"x".repeat(5000)}`)).toBe("/…");
});
