/** Any client that is known by its name at most: it has our tools, and nothing that wakes it. */
import { CLAUDE_DIALECT } from "./hook-dialect.ts";
import type { Host, HostName, SettingWords } from "./host.ts";
import { NO_TRANSCRIPT } from "./inside-host.ts";

/** For clients that `cc2cc join` sets up. */
export const JOIN_WORDS: SettingWords = {
  hub: "run `cc2cc join http://HUB:3100` on this machine, or set CC2CC_HUB_URL where this server is started",
  key: "run `cc2cc join` on this machine, or set CC2CC_API_KEY where this server is started",
  newKey: "Run `cc2cc join` with the hub's current key, then restart this session",
  rejoin: "start it anew",
};

/** The shortest time after which a client was seen to give up a call that says nothing (Gemini CLI 0.61.0, OpenCode 1.18.33: 60 s). */
const CAUTIOUS_SECONDS = 50;

export function otherHost(name: HostName, title: string): Host {
  return {
    name,
    title,
    session: { is: "never" },
    isOneShot: false,
    isConnectedOnUse: false,
    transcript: NO_TRANSCRIPT,
    hooks: CLAUDE_DIALECT,
    hasHooks: false,
    settingWords: JOIN_WORDS,
    callLimitSeconds: { withProgress: 110, silent: CAUTIOUS_SECONDS },
    facts: {},
    wakeWays: () => [],
    sessionOfCall: () => undefined,
    remedy: () =>
      "cc2cc knows no way to wake this client: call get_messages at the start and at the end of each piece of work. Where the client is one that `cc2cc join` sets up, that does better.",
  };
}
