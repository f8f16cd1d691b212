import { expect, it } from "vitest";
import { applySuggestion, suggestTerms } from "./search-terms.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const KNOWN = {
  from: ["alice@laptop:web/a1", "bob@server:api/b2"],
  to: ["bob@server:api/b2"],
  topic: ["api", "release/x"],
};

/** Suggestions with the caret at the `|` of the query. */
function suggest(marked: string) {
  const caret = marked.indexOf("|");
  return suggestTerms(marked.replace("|", ""), caret, KNOWN, NOW);
}
const labels = (marked: string) => suggest(marked).items.map(({ label }) => label);

it("suggests all operators where nothing is typed, and those that begin so", () => {
  expect(labels("|")).toHaveLength(10);
  expect(labels("deploy t|")).toEqual(["to:", "type:", "topic:"]);
  expect(labels("-t|")).toEqual(["-to:", "-type:", "-topic:"]);
});

it("suggests nothing for a word that no operator begins with, nor in quotes", () => {
  expect(labels("deploy|")).toEqual([]);
  expect(labels('"from t|')).toEqual([]);
});

it("suggests values that it was handed, those that begin so first", () => {
  expect(labels("from:|")).toEqual(KNOWN.from);
  expect(labels("from:B|")).toEqual(["bob@server:api/b2", "alice@laptop:web/a1"]);
  expect(labels("to:|")).toEqual(["bob@server:api/b2", "broadcast"]);
});

it("knows the values of type, is and days by itself", () => {
  expect(labels("type:q|")).toEqual(["question"]);
  expect(labels("is:un|")).toEqual(["unanswered"]);
  expect(labels("after:|")).toEqual(["1h", "today", "yesterday", "2026-11-15", "2026-10-23"]);
});

it("is silent about a value that is typed out", () => {
  expect(labels("topic:api|")).toEqual([]);
});

it("replaces the term that the caret is in, and no other", () => {
  const at = suggest("from:al| type:task");
  const [first] = at.items;
  if (first === undefined) throw new Error("no suggestion");
  expect(applySuggestion("from:al type:task", at, first)).toEqual({
    query: "from:alice@laptop:web/a1 type:task",
    caret: "from:alice@laptop:web/a1 ".length,
  });
});

it("leaves the caret at the value of an operator that was chosen", () => {
  const at = suggest("deploy fr|");
  const [first] = at.items;
  if (first === undefined) throw new Error("no suggestion");
  expect(applySuggestion("deploy fr", at, first)).toEqual({ query: "deploy from:", caret: 12 });
});
