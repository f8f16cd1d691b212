import { describe, expect, it } from "vitest";
import { firstLine } from "./first-line.ts";

describe("firstLine", () => {
  it("is plain and short", () => {
    expect(firstLine("\n\n# A *title*\nmore")).toBe("A title");
    expect(firstLine("> **Fix** #97 in `a_b[0]`")).toBe("Fix #97 in a_b[0]");
    expect(firstLine("x".repeat(200), 10)).toBe(`${"x".repeat(9)}…`);
    expect(firstLine("")).toBe("");
  });
});
