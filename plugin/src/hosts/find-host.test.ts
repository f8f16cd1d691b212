import { describe, expect, it } from "vitest";
import { FrameWriter } from "../delivery/frame.ts";
import { isExec } from "./codex/codex.ts";
import { findHost } from "./find-host.ts";

const context = {
  writer: new FrameWriter("secret"),
  sessionId: () => "s",
  pushToChannel: async () => undefined,
  prompt: async () => undefined,
};

/** A host under this environment, started by nobody that can be looked at. */
const hostOf = (env: Record<string, string>) =>
  findHost({ read: (name) => env[name], cwd: "/", parentPid: 2 ** 22 + 1, platform: "linux" });
const waysOf = (env: Record<string, string>, mode: "auto" | "pull" = "auto") =>
  hostOf(env)
    .wakeWays(mode, context)
    .map(({ by }) => by);

describe("findHost", () => {
  it("goes by what was written for it, then by Claude Code's own variables", () => {
    expect(hostOf({ CC2CC_AGENT: "codex", CLAUDE_PLUGIN_DATA: "/d" }).name).toBe("codex");
    expect(hostOf({ CLAUDE_CODE_SESSION_ID: "s" }).name).toBe("claude-code");
    expect(hostOf({ CC2CC_AGENT: "pigeon" }).name).toBe("other");
  });

  it("takes the session that the environment names, and awaits Codex's", () => {
    expect(hostOf({ CLAUDE_CODE_SESSION_ID: "s" }).session).toEqual({ is: "start", session: "s" });
    expect(hostOf({ CC2CC_AGENT: "codex" }).session).toMatchObject({ is: "later" });
    expect(hostOf({}).session).toEqual({ is: "never" });
  });

  it("has Claude Code's inbox only with its token", () => {
    const socket = { CLAUDE_CODE_SESSION_ID: "s", CLAUDE_CODE_MESSAGING_SOCKET: "/s" };
    expect(waysOf(socket)).toEqual(["channel"]);
    expect(waysOf({ ...socket, CLAUDE_CODE_MESSAGING_TOKEN: "t" })).toEqual(["inbox", "channel"]);
  });

  it("wakes Codex by its queue, unless messages are to be fetched", () => {
    expect(waysOf({ CC2CC_AGENT: "codex" })).toEqual(["queue"]);
    expect(waysOf({ CC2CC_AGENT: "codex" }, "pull")).toEqual([]);
  });

  it("tells a client that it does not know to fetch, and not that it will be woken", () => {
    expect(waysOf({})).toEqual([]);
    expect(hostOf({}).remedy([])).toContain("get_messages");
  });
});

it.each([
  ["codex exec do it", true],
  ["/bin/codex -m o3 e do it", true],
  ["codex --no-daemon exec", true],
  ["codex", false],
  ["codex resume exec", false],
  ["codex --no-alt-screen", false],
])("reads %s as one shot: %s", (line, expected) => expect(isExec(line.split(" "))).toBe(expected));
