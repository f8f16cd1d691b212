import { describe, expect, it } from "vitest";
import { excerptOf, makeFinder, searchedWords, splitByFinds } from "./found-words.ts";

const found = (text: string, query: string) => {
  const finder = makeFinder(query);
  return finder === undefined ? [] : splitByFinds(text, finder).filter((_, at) => at % 2 === 1);
};

describe("what was searched for", () => {
  it("is words and phrases, without operators and what must not be there", () => {
    expect(searchedWords('Retry from:ana -never "in the budget" is:acked dep*')).toEqual([
      "retry",
      "in",
      "the",
      "budget",
      "dep",
    ]);
    expect(searchedWords('type:task from:"ana b" -"not this"')).toEqual([]);
  });

  it.each([
    ["It FAILED twice, and keeps failing", "fails", ["FAILED", "failing"]],
    ["the Café in Łódź", "cafe", ["Café"]],
    ["undecided, but a decision", "decision", ["decision"]],
    ["a.b (c) [retry]*", "retry", ["retry"]],
    ["nothing of it", "is:acked", []],
  ])("is found in %j by %j", (text, query, expected) => {
    expect(found(text, query)).toEqual(expected);
  });
});

describe("an excerpt", () => {
  const far = `${"Something else. ".repeat(200)}The decision:\nkeep three retries. ${"And more. ".repeat(100)}`;

  it("shows what is far down, with what stands round it", () => {
    const parts = excerptOf(far, "retry decision", 1_000);
    expect(parts?.filter((_, at) => at % 2 === 1)).toEqual(["decision"]);
    expect(parts?.join("")).toContain("Something else. The decision: keep three retries. And more.");
    expect(parts?.join("").length).toBeLessThan(300);
  });

  it("is none where the beginning has it, or nothing does", () => {
    expect(excerptOf(far, "something", 1_000)).toBeUndefined();
    expect(excerptOf(far, "elsewhere", 1_000)).toBeUndefined();
    expect(excerptOf(far, "is:acked", 1_000)).toBeUndefined();
  });
});
