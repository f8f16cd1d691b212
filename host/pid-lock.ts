/** A lock by process id, for a Node that has nothing better: who holds it is looked for among what runs. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { uptime } from "node:os";

const ATTEMPTS = 3;
/** A clock that is set moves the boot, as it is reckoned back from now. */
const BOOT_SLACK_SECONDS = 120;

/** Undefined while another living process has it. `unwritable` makes the problem of a folder that takes no file. */
export function takePidLock(
  path: string,
  unwritable: (path: string, error: unknown) => Error,
): { release(): void } | undefined {
  const own = `${process.pid} ${startOf(process.pid)}`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      writeFileSync(path, own, { flag: "wx", mode: 0o600 });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw unwritable(path, error);
    }
    const holder = read(path);
    if (holder !== undefined && isRunning(holder)) return undefined;
    moveAside(path, holder);
  }
  return undefined;
}

/** Of several that find a dead holder at once, only one moves its file away, and never that of a new holder. */
function moveAside(path: string, dead: string | undefined): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) === dead) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function isRunning(holder: string): boolean {
  const [pid = "", start = ""] = holder.split(" ");
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  // A process id is used again; the moment of its start tells whose it is now.
  const now = startOf(Number(pid));
  return start === now || (isBoot(start) && isBoot(now) && Math.abs(Number(start) - Number(now)) <= BOOT_SLACK_SECONDS);
}

/** When a process started: the boot and its tick where the system says that, and the second of the boot elsewhere. */
function startOf(pid: number): string {
  if (process.platform !== "linux") return String(Math.round(Date.now() / 1_000 - uptime()));
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}:${ticks}`;
  } catch {
    return "";
  }
}

function isBoot(start: string): boolean {
  return /^\d+$/.test(start);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
