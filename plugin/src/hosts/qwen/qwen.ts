/**
 * Qwen Code: command hooks like Claude Code's, and a file that it reads prompts from where it was started with
 * `--input-file`. Seen on 0.24.4.
 */
import { appendFile } from "node:fs/promises";
import { NUDGE } from "../../delivery/nudge.ts";
import { readCommandLine } from "../command-line.ts";
import { CLAUDE_DIALECT } from "../hook-dialect.ts";
import type { Host } from "../host.ts";
import type { HostStart } from "../host-start.ts";
import { NO_TRANSCRIPT } from "../inside-host.ts";
import { JOIN_WORDS } from "../other.ts";

const OPTION = "--input-file";
/** What other clients of its kind wait for a call that says nothing. */
const CALL_LIMIT_SECONDS = 50;

export const QWEN_SESSION = "QWEN_CODE_SESSION_ID";

export function qwen({ read, parentPid, platform }: HostStart): Host {
  const session = read(QWEN_SESSION);
  const inputFile = inputFileOf(readCommandLine(parentPid, platform) ?? []);
  return {
    name: "qwen",
    title: "Qwen Code",
    session: session === undefined ? { is: "never" } : { is: "start", session },
    isOneShot: false,
    isConnectedOnUse: false,
    // Its record was not seen to hold what hooks add, so nothing proves that it was shown.
    transcript: NO_TRANSCRIPT,
    // What is added at the end of a turn comes as a prompt of the user.
    hooks: { ...CLAUDE_DIALECT, continuesAtStop: false },
    hasHooks: true,
    settingWords: JOIN_WORDS,
    callLimitSeconds: { withProgress: CALL_LIMIT_SECONDS, silent: CALL_LIMIT_SECONDS },
    facts: {},
    wakeWays: (mode) =>
      mode === "auto" && inputFile !== undefined
        ? [{ kind: "nudge", by: "input", nudge: () => appendFile(inputFile, SUBMISSION) }]
        : [],
    sessionOfCall: () => undefined,
    remedy: () =>
      "Nothing wakes this session while it is idle: start `qwen --input-file FILE` with an empty file of its own, and cc2cc writes there.",
  };
}

const SUBMISSION = `${JSON.stringify({ type: "submit", text: NUDGE })}\n`;

export function inputFileOf(words: readonly string[]): string | undefined {
  const index = words.findIndex((word) => word === OPTION || word.startsWith(`${OPTION}=`));
  const word = words[index];
  if (word === undefined) return undefined;
  return word === OPTION ? words[index + 1] : word.slice(OPTION.length + 1);
}
