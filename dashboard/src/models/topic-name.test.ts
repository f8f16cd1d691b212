import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTopicName } from "../../../shared/ids.ts";
import { checkTopicName } from "./topic-name.ts";

describe("checkTopicName", () => {
  it.each([
    ["Design", "Only lower case: design."],
    ["two words", "A space cannot stand"],
    ["größe", '"ö" cannot stand'],
    ["a//b", "empty"],
    ["a/b/c/d/e", "At most 4 parts"],
    ["-a", "begins with"],
    ["a".repeat(65), "at most 64"],
    [`${"a".repeat(64)}/${"b".repeat(64)}`, "At most 128"],
  ])("says what is wrong with %s", (name, words) => expect(checkTopicName(name)).toContain(words));

  it("agrees with the hub", () => {
    const part = fc.string({
      unit: fc.constantFrom("a", "0", ".", "-", "_", "/", "A", " ", "ö"),
      minLength: 1,
      maxLength: 12,
    });
    const long = fc.integer({ min: 60, max: 70 }).map((length) => "a".repeat(length));
    fc.assert(
      fc.property(fc.array(fc.oneof(part, long), { minLength: 1, maxLength: 5 }), (parts) => {
        const name = parts.join("/");
        expect(checkTopicName(name) === undefined, name).toBe(isTopicName(name));
      }),
    );
  });
});
