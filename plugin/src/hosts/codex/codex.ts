/**
 * Codex: a queue of prompts to wake it, hooks that call a tool of ours, a rollout that proves. One process of ours is one
 * thread of Codex, whose id comes with every call. Seen on 0.171.0.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { readCommandLine } from "../command-line.ts";
import { CLAUDE_DIALECT, type HookDialect } from "../hook-dialect.ts";
import type { Host } from "../host.ts";
import type { HostStart } from "../host-start.ts";
import { JOIN_WORDS } from "../other.ts";
import { queueNudge } from "./queue.ts";
import { CODEX_ROLLOUT } from "./rollout-lines.ts";
import { folderOf, threadsOf } from "./thread-lock.ts";

/** Codex gives a call up after 300 s (`tool_timeout_sec`). */
const CALL_LIMIT_SECONDS = 280;

const CODEX_DIALECT: HookDialect = {
  ...CLAUDE_DIALECT,
  // What a Stop hook adds comes as a prompt of the user, with its brackets escaped.
  continuesAtStop: false,
  startsWithPrompt: true,
  allow: () => ({ hookSpecificOutput: { hookEventName: "PermissionRequest", decision: { behavior: "allow" } } }),
};

export function codex({ read, parentPid, platform, cwd }: HostStart): Host {
  const isOneShot = isExec(readCommandLine(parentPid, platform) ?? []);
  const home = read("CODEX_HOME") ?? join(homedir(), ".codex");
  // Codex starts a server in the folder of its thread.
  const candidates = () =>
    threadsOf(parentPid, platform).filter((thread) => [undefined, cwd].includes(folderOf(thread, home)));
  return {
    name: "codex",
    title: "Codex",
    session: { is: "later", candidates },
    isOneShot,
    isConnectedOnUse: false,
    transcript: CODEX_ROLLOUT,
    hooks: CODEX_DIALECT,
    hasHooks: true,
    settingWords: JOIN_WORDS,
    callLimitSeconds: { withProgress: CALL_LIMIT_SECONDS, silent: CALL_LIMIT_SECONDS },
    facts: {},
    // A prompt that is queued for `codex exec` is never run.
    wakeWays: (mode, { sessionId }) =>
      mode === "auto" && !isOneShot
        ? [{ kind: "nudge", by: "queue", nudge: () => queueNudge({ thread: sessionId(), home, parentPid }) }]
        : [],
    sessionOfCall: sessionOf,
    remedy: (failed) =>
      failed.includes("queue")
        ? "`codex queue`, which wakes an idle session, failed: `cc2cc join --check` tells why."
        : "Nothing wakes this session.",
  };
}

/** `codex exec …` ends with its answer. Its word is the first that is no option and no option's value. */
export function isExec(words: readonly string[]): boolean {
  for (const [index, word] of words.entries()) {
    if (index === 0) continue;
    if (word === "exec" || word === "e") return true;
    if (!word.startsWith("-") && !words[index - 1]?.startsWith("-")) return false;
  }
  return false;
}

/** The session that a call is of, whichever of its threads makes it. */
function sessionOf({ sessionId, threadId }: Record<string, unknown>): string | undefined {
  const told = sessionId ?? threadId;
  return typeof told === "string" ? told : undefined;
}
