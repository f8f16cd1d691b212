/**
 * Copilot CLI: a server for each session, told in its environment, and an extension of ours beside it
 * (`agents/copilot.mjs`), which tells what happens and begins turns. Seen on 1.0.102.
 */
import type { Host } from "../host.ts";
import type { HostStart } from "../host-start.ts";
import { INSIDE_DIALECT, NO_TRANSCRIPT, promptWays } from "../inside-host.ts";
import { JOIN_WORDS } from "../other.ts";

/** A call is given up after 180 s. */
const CALL_LIMIT_SECONDS = 170;

export const COPILOT_SESSION = "COPILOT_AGENT_SESSION_ID";

export function copilot({ read }: HostStart): Host {
  const session = read(COPILOT_SESSION);
  return {
    name: "copilot",
    title: "Copilot CLI",
    session: session === undefined ? { is: "never" } : { is: "start", session },
    isOneShot: false,
    isConnectedOnUse: false,
    transcript: NO_TRANSCRIPT,
    hooks: INSIDE_DIALECT,
    hasHooks: true,
    settingWords: JOIN_WORDS,
    callLimitSeconds: { withProgress: CALL_LIMIT_SECONDS, silent: CALL_LIMIT_SECONDS },
    facts: {},
    wakeWays: promptWays,
    sessionOfCall: () => undefined,
    remedy: () =>
      "cc2cc's extension does not run, which wakes this session and brings its messages: start `copilot --experimental`, or set `experimental` in its settings.",
  };
}
