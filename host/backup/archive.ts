/**
 * A backup as a folder, or as one `.tar` (`.tar.gz`, `.tgz`) of it. The system's own tar packs it: every platform we run on has
 * it. Unpacked it is by us, since a tar takes what an archive says and a small archive can say a lot.
 */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { StartProblem } from "../start-problem.ts";
import { DATA_FOLDER, MANIFEST_FILE, type Manifest, parseManifest } from "./manifest.ts";
import { readTar, type TarEntry } from "./read-tar.ts";

/** A line for each file; a hub has some dozens of them, and one of 0.1 one for each instance. */
const MANIFEST_MAX_BYTES = 64 * 1_048_576;

export function isArchivePath(path: string): boolean {
  return /\.(tar|tar\.gz|tgz)$/.test(path);
}

/** The manifest comes first, so that whoever reads it knows what is to come. */
export function packFolder(folder: string, archive: string): void {
  runTar([/gz$/.test(archive) ? "-czf" : "-cf", archive, "-C", folder, `./${MANIFEST_FILE}`, `./${DATA_FOLDER}`]);
}

/** Gives `work` the backup as a folder; what was unpacked for it is gone afterwards. */
export async function withBackupFolder<T>(backup: string, work: (folder: string) => T): Promise<T> {
  if (!existsSync(backup)) throw new StartProblem(`there is no backup at ${backup}.`);
  if (statSync(backup).isDirectory()) return work(backup);
  // Beside the backup, where there was room for it once, and not in a /tmp that may be memory.
  const folder = mkdtempSync(join(dirname(backup), ".cc2cc-backup-"));
  try {
    await unpack(backup, folder);
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes what the manifest names, each file once and as large as it says, and refuses an archive that holds anything else. */
async function unpack(archive: string, folder: string): Promise<void> {
  const { manifest, text } = await findManifest(archive);
  requireRoom(archive, folder, manifest);
  const sizes = new Map(manifest.files.map(({ path, size }) => [`${DATA_FOLDER}/${path}`, size]));
  sizes.set(MANIFEST_FILE, text.length);
  for await (const entry of readTar(archive)) {
    const size = sizes.get(entry.path);
    if (size === undefined) {
      throw new StartProblem(
        `${archive} is not sound: its manifest does not name ${entry.path}, or it is in it twice.`,
      );
    }
    if (entry.size !== size) {
      throw new StartProblem(
        `${archive} is not sound: ${entry.path} has ${entry.size} bytes, its manifest says ${size}.`,
      );
    }
    sizes.delete(entry.path);
    await write(entry, join(folder, entry.path));
  }
}

async function findManifest(archive: string): Promise<{ manifest: Manifest; text: Buffer }> {
  for await (const entry of readTar(archive)) {
    if (entry.path !== MANIFEST_FILE) continue;
    if (entry.size > MANIFEST_MAX_BYTES) break;
    const pieces: Buffer[] = [];
    for await (const piece of entry.content()) pieces.push(piece);
    const text = Buffer.concat(pieces);
    return { manifest: parseManifest(archive, text.toString("utf8")), text };
  }
  throw new StartProblem(`${archive} is not a backup of cc2cc: it holds no ${MANIFEST_FILE}.`);
}

function requireRoom(archive: string, folder: string, { files }: Manifest): void {
  const needed = files.reduce((sum, { size }) => sum + size, 0);
  const { bavail, bsize } = statfsSync(folder);
  if (needed <= bavail * bsize) return;
  throw new StartProblem(
    `${dirname(archive)} has too little room to unpack it: ${Math.ceil(needed / 1_048_576)} MiB are needed.`,
  );
}

async function write(entry: TarEntry, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, "wx", 0o600);
  try {
    for await (const piece of entry.content()) writeSync(file, piece);
  } finally {
    closeSync(file);
  }
}

function runTar(args: string[]): void {
  const { error, status, stderr } = spawnSync("tar", args, { encoding: "utf8" });
  if (error !== undefined)
    throw new StartProblem(`tar cannot be run (${error.message}): name a folder instead of a .tar file.`);
  if (status !== 0) throw new StartProblem(`tar failed: ${stderr.trim().split("\n")[0] ?? ""}`);
}
