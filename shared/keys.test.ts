import { describe, expect, it } from "vitest";
import { isInPattern, KeyPattern, KeyRequest } from "./keys.ts";

const ID = "alice@laptop.lan:api/8f14e45f";

describe("[C8] isInPattern", () => {
  it.each(["alice@laptop.lan:api", "alice@*", "*@laptop.lan:*", "*:api", "*", "a*e@*:a*", "alice@laptop.lan:api*"])(
    "finds the instance in %s",
    (pattern) => {
      expect(isInPattern(pattern, ID)).toBe(true);
    },
  );

  it.each([
    "alice@laptop.lan",
    "lice@*",
    "alice@laptopxlan:api",
    "*@*:web",
    "Alice@*",
    "*8f14e45f",
    "alice@laptop.lan:ap",
  ])("does not find it in %s", (pattern) => {
    expect(isInPattern(pattern, ID)).toBe(false);
  });

  it.each(["broadcast", "topic:web", "dashboard"])("has no %s, which is no instance", (name) => {
    for (const pattern of ["*", "b*", "d*", "*:web"]) expect(isInPattern(pattern, name)).toBe(false);
  });
});

describe("KeyPattern", () => {
  it.each(["alice@*", "*", "*@ci:api", "a.b-c_d@h:p"])("takes %s", (pattern) => {
    expect(KeyPattern.safeParse(pattern).success).toBe(true);
  });

  it.each(["alice", "", "alice@h:p/s", "a@(.*)", "a b@*", `a@${"x".repeat(200)}`])("refuses %s", (pattern) => {
    expect(KeyPattern.safeParse(pattern).success).toBe(false);
  });

  it("ties no admin down: an admin could mint itself a key without one", () => {
    const request = (scope: string) => ({ name: "x", scope, pattern: "alice@*" });
    expect(KeyRequest.safeParse(request("admin")).success).toBe(false);
    expect(KeyRequest.safeParse(request("member")).success).toBe(true);
  });
});
