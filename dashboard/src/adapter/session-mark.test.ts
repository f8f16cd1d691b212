import { expect, it } from "vitest";
import { createSessionMark } from "./session-mark.ts";

it("finds its cookie among others, and no other in its place", () => {
  const isThere = (cookie: string) => createSessionMark({ cookie }).isThere();
  expect(isThere("")).toBe(false);
  expect(isThere("a=1; cc2cc_signed_in=1; b=2")).toBe(true);
  expect(isThere("not_cc2cc_signed_in=1; cc2cc_signed_in_too=1")).toBe(false);
});
