import { expect, it } from "vitest";
import { createSessionMark } from "./session-mark.ts";

it("finds its cookie among others, and no other in its place", () => {
  const isThere = (cookie: string) => createSessionMark({ cookie }, "3100").isThere();
  expect(isThere("")).toBe(false);
  expect(isThere("a=1; cc2cc_signed_in=1; b=2")).toBe(true);
  expect(isThere("a=1; cc2cc_signed_in_3100=1")).toBe(true);
  expect(isThere("not_cc2cc_signed_in=1")).toBe(false);
});

it("takes away its own, and not that of another hub on the host", () => {
  const page = { cookie: "" };
  createSessionMark(page, "3100").remove();
  expect(page.cookie).toMatch(/^cc2cc_signed_in_3100=; /);
  createSessionMark(page, "").remove();
  expect(page.cookie).toMatch(/^cc2cc_signed_in=; /);
});
