import { expect, it } from "vitest";
import { FailureLimit } from "./failure-limit.ts";

const WINDOW_MS = 1_000;

function failed(times: number, at: number): FailureLimit {
  const limit = new FailureLimit(3, WINDOW_MS);
  for (let i = 0; i < times; i++) limit.note("a", at);
  return limit;
}

it("lets a client go on until it has failed too often, then for the rest of the window not", () => {
  expect(failed(2, 0).waitMs("a", 0)).toBe(0);
  const limit = failed(3, 0);
  expect([limit.waitMs("a", 0), limit.waitMs("a", 400), limit.waitMs("a", WINDOW_MS)]).toEqual([1_000, 600, 0]);
});

it("counts each client alone", () => {
  const limit = failed(3, 0);
  expect([limit.waitMs("a", 1), limit.waitMs("b", 1)]).toEqual([999, 0]);
});

it("begins anew with the next window", () => {
  const limit = failed(3, 0);
  limit.note("a", WINDOW_MS);
  expect(limit.waitMs("a", WINDOW_MS)).toBe(0);
});

it("locks nobody out for as long as a clock went back", () => {
  const limit = failed(3, 1_000_000);
  expect(limit.waitMs("a", 0)).toBe(0);
  limit.note("a", 0);
  expect(limit.waitMs("a", 1_000_000)).toBe(0);
});
