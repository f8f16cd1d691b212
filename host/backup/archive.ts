/** A backup as a folder, or as one `.tar` (`.tar.gz`, `.tgz`) of it. The system's own tar: every platform we run on has it. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { StartProblem } from "../start-problem.ts";

export function isArchivePath(path: string): boolean {
  return /\.(tar|tar\.gz|tgz)$/.test(path);
}

export function packFolder(folder: string, archive: string): void {
  runTar([/gz$/.test(archive) ? "-czf" : "-cf", archive, "-C", folder, "."]);
}

/** Gives `work` the backup as a folder; what was unpacked for it is gone afterwards. */
export function withBackupFolder<T>(backup: string, work: (folder: string) => T): T {
  if (!existsSync(backup)) throw new StartProblem(`there is no backup at ${backup}.`);
  if (statSync(backup).isDirectory()) return work(backup);
  // Beside the backup, where there was room for it once, and not in a /tmp that may be memory.
  const folder = mkdtempSync(join(dirname(backup), ".cc2cc-backup-"));
  try {
    runTar(["-xf", backup, "-C", folder]);
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runTar(args: string[]): void {
  const { error, status, stderr } = spawnSync("tar", args, { encoding: "utf8" });
  if (error !== undefined)
    throw new StartProblem(`tar cannot be run (${error.message}): name a folder instead of a .tar file.`);
  if (status !== 0) throw new StartProblem(`tar failed: ${stderr.trim().split("\n")[0] ?? ""}`);
}
