/** Stops a process for a moment, so that its files can be copied as of one instant. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { StartProblem } from "../start-problem.ts";

/** A thread that waits for the disk stops when the disk has answered. */
const STOPPED_WITHIN_MS = 2_000;
const LOOK_AGAIN_MS = 1;

/**
 * Runs `work` while no thread of the process runs, and lets it go on whatever happens: also when this process dies in
 * between, which a shell on a pipe watches over. Resolves with how long the process stood still, in ms.
 */
export async function whileFrozen(pid: number, work: () => void): Promise<number> {
  const guard = startGuard(pid);
  const startedAt = performance.now();
  try {
    process.kill(pid, "SIGSTOP");
    await untilStopped(pid);
    work();
  } finally {
    resume(pid);
    guard.kill("SIGKILL");
  }
  return performance.now() - startedAt;
}

function startGuard(pid: number): ChildProcess {
  const guard = spawn("/bin/sh", ["-c", 'read -r _; kill -CONT "$1"', "cc2cc-guard", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    // Ctrl-C on a backup must not reach what cleans up after it.
    detached: true,
  });
  guard.unref();
  return guard;
}

function resume(pid: number): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch {
    // It was killed while it stood still; the copy is as good as that of a crash.
  }
}

/** The signal is a request: each thread stops at the end of the system call it is in. */
async function untilStopped(pid: number): Promise<void> {
  const until = performance.now() + STOPPED_WITHIN_MS;
  while (!isStopped(pid)) {
    if (performance.now() > until) {
      throw new StartProblem(
        `workerd (pid ${pid}) did not stand still within ${STOPPED_WITHIN_MS / 1_000} s: try again.`,
      );
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Whether no thread of the process runs. */
export function isStopped(pid: number): boolean {
  if (process.platform !== "linux")
    return execFileSync("ps", ["-o", "state=", "-p", String(pid)], { encoding: "utf8" }).startsWith("T");
  return readdirSync(`/proc/${pid}/task`).every((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")")).startsWith(") T");
  });
}

/** Empty for a process that is not there. A pid alone may be another's by now. */
export function commandLineOf(pid: number): string {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}
