import { expect, it } from "vitest";
import { fuzzySearch } from "./fuzzy-search.ts";

const IDS = ["alice@laptop:web/0a1b", "bob@server:api/2c3d", "role:reviewer", "topic:release/2026", "topic:api"];
const search = (typed: string) => fuzzySearch(IDS, (id) => id, typed);

it("keeps the order while nothing is typed", () => {
  expect(search("  ")).toEqual(IDS);
});

it("finds what has the letters apart, in any case", () => {
  expect(search("rvwr")).toEqual(["role:reviewer"]);
  expect(search("BOB")).toEqual(["bob@server:api/2c3d"]);
});

it("finds terms in any order", () => {
  expect(search("web alice")).toEqual(["alice@laptop:web/0a1b"]);
});

it("puts the better match first", () => {
  expect(search("api")[0]).toBe("topic:api");
});

it("finds signs, and nothing where nothing matches", () => {
  expect(search("@")).toEqual(["alice@laptop:web/0a1b", "bob@server:api/2c3d"]);
  expect(search("zebra")).toEqual([]);
});
