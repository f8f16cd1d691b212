/**
 * Gemini CLI: command hooks with names of their own, one server for the sessions that follow one another in a window. Nothing
 * wakes it without its text coming as the user's, so nothing is claimed to. Seen on 0.61.0.
 */
import { CLAUDE_DIALECT, type HookDialect } from "../hook-dialect.ts";
import type { Host } from "../host.ts";
import { NO_TRANSCRIPT } from "../inside-host.ts";
import { JOIN_WORDS } from "../other.ts";

/** A silent call is given up after 60 s; one that tells of its progress was seen to last. */
const CALL_LIMIT_SECONDS = { withProgress: 600, silent: 50 };

const GEMINI_DIALECT: HookDialect = {
  ...CLAUDE_DIALECT,
  events: {
    BeforeAgent: "UserPromptSubmit",
    AfterTool: "PostToolUse",
    AfterAgent: "Stop",
    BeforeModel: "ModelRequest",
  },
  // What is added at the end of a turn comes as a prompt of the user.
  continuesAtStop: false,
  refuse: (reason) => ({ decision: "deny", reason }),
};

export function gemini(): Host {
  return {
    name: "gemini",
    title: "Gemini CLI",
    session: { is: "later", candidates: () => [] },
    isOneShot: false,
    isConnectedOnUse: false,
    // A hook before each request tells what it holds.
    transcript: NO_TRANSCRIPT,
    hooks: GEMINI_DIALECT,
    hasHooks: true,
    settingWords: JOIN_WORDS,
    callLimitSeconds: CALL_LIMIT_SECONDS,
    facts: {},
    wakeWays: () => [],
    sessionOfCall: () => undefined,
    remedy: () => "Nothing wakes an idle session of Gemini CLI.",
  };
}
