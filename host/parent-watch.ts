import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { commandLineOf } from "./backup/freeze.ts";

const CHECK_MS = 250;

/**
 * Calls `stop` when npm, which started us, has ended: by any signal, also by those that it cannot pass on. Between npm and us
 * there may be a shell, which dies of some of them without a word and outlives npm by others; so both are watched. A hub that
 * runs in the background (`nohup npm start &`, `setsid npm start &`) has its npm there, too, and goes on. One that was not
 * started by npm, as by systemd, is watched by nobody.
 */
export function stopWithNpm(stop: () => void): void {
  if (process.env.npm_lifecycle_event === undefined || process.platform === "win32") return;
  const parent = process.ppid;
  const npm = isShell(parent) ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || isStillParent(npm, parent))) return;
    clearInterval(timer);
    stop();
  }, CHECK_MS);
  timer.unref();
}

/** Whether this is the shell that runs a script of npm: `sh -c node host/start.mjs`. */
function isShell(pid: number): boolean {
  return /^\S*sh[\s\0]-c[\s\0]/.test(commandLineOf(pid));
}

function isStillParent(parent: number, child: number): boolean {
  // One that nobody has collected yet is there and dead: what tells is that its children have another parent.
  if (process.platform === "linux") return parentOf(child) === parent;
  try {
    return process.kill(parent, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function parentOf(pid: number): number | undefined {
  try {
    const text =
      process.platform === "linux"
        ? /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]
        : execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return Number(text) || undefined;
  } catch {
    return undefined;
  }
}
