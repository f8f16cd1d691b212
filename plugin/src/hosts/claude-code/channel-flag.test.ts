import { expect, it } from "vitest";
import { channelFlagOf, readChannelFlag } from "./channel-flag.ts";

it.each([
  ["claude --dangerously-load-development-channels plugin:cc2cc@cc2cc-local", "on"],
  ["claude --channels plugin:telegram@x plugin:cc2cc@team", "on"],
  ["claude --channels=plugin:cc2cc@team", "on"],
  ["claude --channels plugin:telegram@x", "off"],
  ["claude -p plugin:cc2cc@cc2cc-local", "off"],
  ["claude", "off"],
] as const)("reads %s as %s", (line, flag) => expect(channelFlagOf(line.split(" "))).toBe(flag));

it("does not know where it cannot look", () => {
  expect(readChannelFlag(process.pid, "win32")).toBe("unknown");
  expect(readChannelFlag(2 ** 22 + 1, "linux")).toBe("unknown");
});
