/** Puts a backup where a hub will find it: into an empty folder only, so that nothing that is there can be lost. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { StartProblem } from "../start-problem.ts";
import { checkBackup } from "./check-backup.ts";
import { DATA_FOLDER, type Manifest } from "./manifest.ts";

/** Throws a StartProblem, and writes nothing, where the backup is not sound or the folder not empty. */
export function restoreBackup(backup: string, dataDir: string): Manifest {
  requireEmpty(dataDir);
  const { manifest, problems } = checkBackup(backup);
  if (problems.length > 0) {
    throw new StartProblem(`the backup is not sound, and nothing was restored:\n  ${problems.join("\n  ")}`);
  }
  // In the folder itself, which may be a volume of its own. The storage comes last, as one rename: half of it would start
  // as a hub that has lost the other half.
  const staging = join(dataDir, ".restoring");
  try {
    for (const { path } of manifest.files) {
      mkdirSync(dirname(join(staging, path)), { recursive: true, mode: 0o700 });
      copyFileSync(join(backup, DATA_FOLDER, path), join(staging, path));
      chmodSync(join(staging, path), 0o600);
    }
    const names = readdirSync(staging).sort((a, b) => Number(a === "storage") - Number(b === "storage"));
    for (const name of names) renameSync(join(staging, name), join(dataDir, name));
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return manifest;
}

function requireEmpty(dataDir: string): void {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return;
  throw new StartProblem(
    existsSync(join(dataDir, "hub.json"))
      ? `${dataDir} belongs to a hub that runs or was killed: stop it and move the folder away, or name another with --into.`
      : `${dataDir} is not empty: move it away, or name another folder with --into.`,
  );
}
