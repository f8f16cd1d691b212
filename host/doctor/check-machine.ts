/** What the machine has to have. */
import { spawnSync } from "node:child_process";
import { readdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { storageDirOf } from "../data-dir.ts";
import { isClone, NODE_NEEDED } from "../installation.ts";
import { checkGlibc, findWorkerd } from "../requirements.ts";
import { StartProblem } from "../start-problem.ts";
import { type Finding, fail, failWith, ok, warn } from "./finding.ts";

const MIB = 1_048_576;
const DISK_FAIL_BYTES = 100 * MIB;
const DISK_WARN_BYTES = 2_048 * MIB;
/** A clock that says less than when this was written was never set. */
const NOT_BEFORE = Date.UTC(2026, 0, 1);
/** File systems and clocks differ by this much without anyone to blame. */
const CLOCK_SLACK_MS = 5_000;

export function checkNode(version: string, needed = NODE_NEEDED): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isEnough = major > needed[0] || (major === needed[0] && minor >= needed[1]);
  if (isEnough) return ok("Node", version);
  const remedy = isClone ? "run `npm install`, which brings a newer one along" : "install a newer one from nodejs.org";
  return fail("Node", `${version} is too old, ${needed.join(".")} is needed`, remedy);
}

export function checkPlatform(platform: string, architecture: string, glibc: string | undefined): Finding {
  const name = `${platform} on ${architecture}${glibc === undefined ? "" : `, glibc ${glibc}`}`;
  return attempt("platform", () => {
    checkGlibc(platform, glibc);
    return ok("platform", name);
  });
}

export function checkWorkerd(platform: string, architecture: string): Finding {
  return attempt("workerd", () => {
    const { status, stdout, stderr, error } = spawnSync(findWorkerd(platform, architecture), ["--version"], {
      encoding: "utf8",
    });
    if (status === 0) return ok("workerd", `${stdout.trim()} runs`);
    const why = error?.message ?? stderr.trim().split("\n")[0] ?? `exit code ${status}`;
    return fail(
      "workerd",
      `does not run (${why})`,
      "run `npm ci`; on Linux it needs glibc 2.35 (Debian 12, Ubuntu 22.04)",
    );
  });
}

export function checkDisk(freeBytes: number): Finding {
  const text = `${Math.floor(freeBytes / MIB)} MiB free where the data lies`;
  const remedy = "make room, or lower CC2CC_HISTORY_MAX_MB: a hub that cannot write accepts nothing";
  if (freeBytes < DISK_FAIL_BYTES) return fail("disk", text, remedy);
  return freeBytes < DISK_WARN_BYTES ? warn("disk", text, remedy) : ok("disk", text);
}

export function readFreeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** `newestAt`: when the data was written last, epoch ms, 0 for never. Times of messages come from this clock. */
export function checkClock(now: number, newestAt: number): Finding {
  const time = new Date(now).toISOString();
  const remedy = "set this machine's clock, best by NTP: expiry, order of history and sign-in go by it";
  if (now < NOT_BEFORE) return fail("clock", `it says ${time}`, remedy);
  const aheadMs = newestAt - now;
  if (aheadMs <= CLOCK_SLACK_MS) return ok("clock", time);
  return fail(
    "clock",
    `it says ${time}, and data was written ${Math.round(aheadMs / 1_000)} s later than that`,
    remedy,
  );
}

export function findNewestWrite(dataDir: string): number {
  const storage = storageDirOf(dataDir);
  const files = tryTo(() => readdirSync(storage, { recursive: true, encoding: "utf8" })) ?? [];
  return files.reduce((newest, file) => Math.max(newest, tryTo(() => statSync(join(storage, file)).mtimeMs) ?? 0), 0);
}

/** What cannot be read, such as the data of another user, tells nothing of the clock: other checks say so. */
function tryTo<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** What a start would refuse, as a finding. */
export function attempt(check: string, look: () => Finding): Finding {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof StartProblem)) throw error;
    return failWith(check, error);
  }
}
