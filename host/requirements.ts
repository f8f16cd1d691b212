import { createRequire } from "node:module";
import { StartProblem } from "./start-problem.ts";

/** The oldest C library that workerd's Linux builds run on: Debian 12, Ubuntu 22.04. */
const GLIBC_NEEDED = [2, 35] as const;

const WORKERD_PACKAGES: Readonly<Record<string, string>> = {
  "linux-x64": "@cloudflare/workerd-linux-64/bin/workerd",
  "linux-arm64": "@cloudflare/workerd-linux-arm64/bin/workerd",
  "darwin-x64": "@cloudflare/workerd-darwin-64/bin/workerd",
  "darwin-arm64": "@cloudflare/workerd-darwin-arm64/bin/workerd",
  "win32-x64": "@cloudflare/workerd-windows-64/bin/workerd.exe",
};

/** `glibc` is undefined where the system has another C library. */
export function checkGlibc(platform: string, glibc: string | undefined): void {
  if (platform !== "linux") return;
  const needed = GLIBC_NEEDED.join(".");
  const [major = 0, minor = 0] = (glibc ?? "").split(".").map(Number);
  const isEnough = major > GLIBC_NEEDED[0] || (major === GLIBC_NEEDED[0] && minor >= GLIBC_NEEDED[1]);
  if (isEnough) return;
  const found = glibc === undefined ? "this system has another C library" : `this system has ${glibc}`;
  throw new StartProblem(`workerd needs glibc ${needed} or newer, ${found}: use Debian 12, Ubuntu 22.04 or newer.`);
}

export function readGlibcVersion(): string | undefined {
  if (process.platform !== "linux") return undefined;
  return readReport().header?.glibcVersionRuntime;
}

/**
 * How many files workerd may have open: what Node may, which has raised its own limit as far as the system allows and hands
 * it on to its children. Undefined where there is no limit that counts.
 */
export function readOpenFilesLimit(): number | undefined {
  const soft = Number(readReport().userLimits?.open_files?.soft);
  return Number.isFinite(soft) ? soft : undefined;
}

interface Report {
  header?: { glibcVersionRuntime?: string };
  userLimits?: { open_files?: { soft: string | number } };
}

function readReport(): Report {
  // Without this the report looks every open connection's peer up in the DNS. (@types/node does not know it yet.)
  Object.assign(process.report, { excludeNetwork: true });
  return process.report.getReport() as Report;
}

/**
 * The binary itself, not the package's JavaScript launcher: that one would stand between us and the process we watch,
 * stop and restart.
 */
export function findWorkerd(platform: string, architecture: string): string {
  const path = WORKERD_PACKAGES[`${platform}-${architecture}`];
  if (path === undefined) throw new StartProblem(`workerd has no build for ${platform} on ${architecture}.`);
  try {
    return createRequire(import.meta.url).resolve(path);
  } catch {
    throw new StartProblem(`workerd's build for ${platform} on ${architecture} is not installed: run \`npm install\`.`);
  }
}
