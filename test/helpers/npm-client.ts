/** Other people's programs, from npm, at exact versions, in an ignored folder: fetched when they are not there yet. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const CLIENTS = join(import.meta.dirname, "..", "..", "build/clients");
const INSTALL_MS = 300_000;

type Run = (command: string, args: string[]) => void;

/**
 * Returns the folder that a package is installed in, which is complete or not there. No script of it is run; `prepare`
 * does what is needed instead. Throws where npm cannot fetch it.
 */
export function installFromNpm(name: string, version: string, prepare?: (folder: string, run: Run) => void): string {
  const folder = join(CLIENTS, `${basename(name)}-${version}`);
  if (existsSync(folder)) return folder;
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  const run = (command: string, args: string[]) =>
    void execFileSync(command, args, {
      cwd: fresh,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: INSTALL_MS,
    });
  try {
    writeFileSync(join(fresh, "package.json"), JSON.stringify({ private: true }));
    run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`]);
    prepare?.(fresh, run);
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}
