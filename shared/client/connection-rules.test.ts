import { expect, it } from "vitest";
import { afterClose, instanceUrl, isSilent, retryDelayMs, subprotocolsOf } from "./connection-rules.ts";

it("connects where the hub is, with what holds the id (C1, C8, C10)", () => {
  const bearing = { instanceId: "ada@desk:shop/1", identity: "secret" };
  expect(instanceUrl("https://hub:3100/", bearing)).toBe(
    "wss://hub:3100/ws/plugin?instanceId=ada%40desk%3Ashop%2F1&identity=secret",
  );
  expect(instanceUrl("ws://hub", { ...bearing, isTransient: true })).toMatch(/^ws:.*&transient=1$/);
  expect(instanceUrl("ws://hub", { ...bearing, isPull: true })).toMatch(/^ws:.*&delivery=pull$/);
});

it("brings the key as a subprotocol that any key fits into (C3)", () => {
  expect(subprotocolsOf(undefined)).toEqual(["cc2cc.v2"]);
  for (const key of ["abc?>~", "kéy", ""]) {
    expect(subprotocolsOf(key)).toEqual(["cc2cc.v2", `bearer.${Buffer.from(key).toString("base64url")}`]);
  }
});

it("tries at once, then after 1 s, doubling to 30 s, each with its own jitter", () => {
  expect([0, 1, 2, 3, 6, 50].map((failures) => retryDelayMs(failures, 0))).toEqual([0, 1000, 2000, 4000, 30000, 30000]);
  expect(retryDelayMs(1, 1)).toBe(1300);
});

it("gives up, takes another id or tries again as the close code says", () => {
  expect([4003, 4001, 4009, 1001, 1006, 4008].map(afterClose)).toEqual([
    "end",
    "take another id",
    "take another id",
    "retry",
    "retry",
    "retry",
  ]);
});

it("takes three missed pongs for a network that is gone (C6)", () => {
  expect([isSilent(0, 75_000), isSilent(0, 75_001)]).toEqual([false, true]);
});
