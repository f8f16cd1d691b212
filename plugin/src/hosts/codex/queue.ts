/** Starts a turn of an idle Codex thread by its own command, `codex queue`; a busy one runs it after its turn. */
import { execFile } from "node:child_process";
import { readlinkSync } from "node:fs";
import { NUDGE } from "../../delivery/nudge.ts";

/** The command took up to 5 s on a loaded machine (seen on 0.171.0). */
const TIMEOUT_MS = 30_000;

export interface QueueOptions {
  thread: string;
  /** Where this Codex keeps its state. */
  home: string;
  parentPid: number;
}

/** Resolves when Codex has the nudge in its queue; rejects with what it says otherwise. */
export function queueNudge({ thread, home, parentPid }: QueueOptions): Promise<void> {
  const env = { ...process.env, CODEX_HOME: home };
  const args = ["queue", "--thread", thread, "--message", NUDGE];
  return new Promise((resolve, reject) => {
    execFile(programOf(parentPid), args, { env, timeout: TIMEOUT_MS }, (error, _output, problem) => {
      if (error === null) resolve();
      else reject(new Error(`codex queue: ${lastLine(problem) ?? error.message}`));
    });
  });
}

/** The very Codex that started us, where the system tells, as several versions may be installed. */
function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return "codex";
  }
}

function lastLine(text: string): string | undefined {
  return text.trim().split("\n").at(-1) || undefined;
}
