/**
 * OpenCode: one server of ours for all sessions of a process, and a plugin of ours inside it (`agents/opencode.mjs`), which
 * tells what happens, begins turns, and sees what each request to the model holds. Seen on 1.18.33.
 */
import { SESSION_META } from "../../hooks/tool-hooks.ts";
import type { Host } from "../host.ts";
import { INSIDE_DIALECT, NO_TRANSCRIPT, promptWays } from "../inside-host.ts";
import { JOIN_WORDS } from "../other.ts";

/** A silent call is given up after 60 s; one that tells of its progress was seen to last. */
const CALL_LIMIT_SECONDS = { withProgress: 600, silent: 50 };

export function opencode(): Host {
  return {
    name: "opencode",
    title: "OpenCode",
    session: { is: "many" },
    isOneShot: false,
    isConnectedOnUse: false,
    transcript: NO_TRANSCRIPT,
    hooks: INSIDE_DIALECT,
    hasHooks: true,
    settingWords: JOIN_WORDS,
    callLimitSeconds: CALL_LIMIT_SECONDS,
    facts: {},
    wakeWays: promptWays,
    sessionOfCall: ({ [SESSION_META]: session }) => (typeof session === "string" ? session : undefined),
    remedy: () => "cc2cc's plugin for OpenCode does not answer: `cc2cc join --check` tells why.",
  };
}
