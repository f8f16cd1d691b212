/** Takes a backup of a hub that runs, or of one that does not (docs/decisions/0004-backup.md). */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lockDataDir, readHubState, storageDirOf } from "../data-dir.ts";
import { DATA_FORMAT, dataFormatPath, describeNewerFormat, readDataFormat, renderDataFormat } from "../data-format.ts";
import { requireSqlite } from "../sqlite.ts";
import { StartProblem } from "../start-problem.ts";
import { isArchivePath, packFolder } from "./archive.ts";
import { foldLog, isDatabase } from "./databases.ts";
import { commandLineOf, whileFrozen } from "./freeze.ts";
import { DATA_FOLDER, listEntries, MANIFEST_FILE, type Manifest } from "./manifest.ts";
import { listFiles, Snapshot } from "./snapshot.ts";

/** workerd may be between a crash and its restart: how often, and how far apart, it is looked for. */
const FREEZE_ATTEMPTS = 8;
const FREEZE_AGAIN_MS = 250;

export interface BackupOptions {
  dataDir: string;
  /** A folder that is not there yet, or a `.tar`, `.tar.gz` or `.tgz` file. */
  target: string;
  /** Whether the key file goes along. */
  hasKey: boolean;
  /** The version that takes the backup. */
  version: string;
}

/** Resolves with the manifest of the finished backup; what fails leaves nothing behind. */
export async function takeBackup({ dataDir, target, hasKey, version }: BackupOptions): Promise<Manifest> {
  requireSqlite("a backup");
  const found = readDataFormat(dataDir);
  if (found === undefined) throw new StartProblem(`there is no data of a hub in ${dataDir} (CC2CC_DATA_DIR).`);
  const refusal = describeNewerFormat(dataDir, found, { format: DATA_FORMAT, hub: version });
  if (refusal !== undefined) throw new StartProblem(refusal);
  requireNoContainer(dataDir);
  requireNewTarget(target, dataDir);
  requireSpace(target, dataDir);
  const staging = `${target}.partial`;
  rmSync(staging, { recursive: true, force: true });
  try {
    mkdirSync(join(staging, DATA_FOLDER), { recursive: true, mode: 0o700 });
    const { takenAt, pausedMs } = await copyStorage(dataDir, join(staging, DATA_FOLDER));
    const hub = found.hub ?? version;
    writeFileSync(dataFormatPath(join(staging, DATA_FOLDER)), renderDataFormat({ format: found.format, hub }), {
      mode: 0o600,
    });
    if (hasKey) copyKey(dataDir, join(staging, DATA_FOLDER));
    makeWhole(staging);
    const manifest: Manifest = {
      kind: "cc2cc-backup",
      format: found.format,
      hub,
      takenAt,
      pausedMs,
      files: listEntries(staging),
    };
    writeFileSync(join(staging, MANIFEST_FILE), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600 });
    finish(staging, target);
    return manifest;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** All objects as of one instant: that is what a `kill -9` would have left, and every start recovers from that. */
async function copyStorage(dataDir: string, to: string): Promise<{ takenAt: string; pausedMs: number | null }> {
  const snapshot = new Snapshot(storageDirOf(dataDir), storageDirOf(to));
  const lock = lockOf(dataDir);
  if (lock !== undefined) {
    try {
      snapshot.update();
      return { takenAt: new Date().toISOString(), pausedMs: null };
    } finally {
      lock.release();
    }
  }
  if (process.platform === "win32") {
    throw new StartProblem("on Windows a running hub cannot be held still: stop it, back up, and start it again.");
  }
  // Twice while the hub runs: the second pass is short, so little is left for the moment in which it stands still.
  snapshot.update();
  snapshot.update();
  let takenAt = "";
  const pausedMs = await freezeHub(dataDir, () => {
    takenAt = new Date().toISOString();
    snapshot.update();
  });
  return { takenAt, pausedMs: Math.round(pausedMs) };
}

async function freezeHub(dataDir: string, work: () => void): Promise<number> {
  for (let attempt = 1; attempt <= FREEZE_ATTEMPTS; attempt++) {
    const pid = readHubState(dataDir)?.workerdPid;
    if (pid !== undefined && commandLineOf(pid).includes("workerd.capnp")) return whileFrozen(pid, work);
    await sleep(FREEZE_AGAIN_MS);
  }
  throw new StartProblem(`the hub of ${dataDir} holds its folder but its workerd does not run: see what it logs.`);
}

/** Undefined while a hub holds the folder. */
function lockOf(dataDir: string): { release(): void } | undefined {
  try {
    return lockDataDir(dataDir);
  } catch (error) {
    if (error instanceof StartProblem) return undefined;
    throw error;
  }
}

function copyKey(dataDir: string, to: string): void {
  const key = join(dataDir, "key");
  if (!existsSync(key))
    throw new StartProblem(`there is no key file in ${dataDir}: its key comes from CC2CC_HUB_API_KEY.`);
  copyFileSync(key, join(to, "key"));
  chmodSync(join(to, "key"), 0o600);
}

/** On the copy, after the hub went on: a backup that is damaged should not look like one. */
function makeWhole(staging: string): void {
  const data = join(staging, DATA_FOLDER);
  for (const path of listFiles(data).filter(isDatabase)) {
    try {
      foldLog(join(data, path));
    } catch (error) {
      throw new StartProblem(
        `${path} of the data folder is damaged (${error instanceof Error ? error.message : error}); no backup was made.`,
      );
    }
  }
}

/** Its workerd is in a world of its own, where no signal of ours reaches it. */
function requireNoContainer(dataDir: string): void {
  const lock = join(dataDir, "container.lock");
  if (!existsSync(lock) || spawnSync("flock", ["--nonblock", lock, "true"]).status !== 1) return;
  throw new StartProblem(
    `a container runs on ${dataDir}: ask it, \`umask 077; docker compose exec -T hub /opt/cc2cc/hub.sh backup > data.tar\` (docs/operations.md).`,
  );
}

function requireNewTarget(target: string, dataDir: string): void {
  if (existsSync(target)) throw new StartProblem(`${target} exists already: name another one.`);
  if (!relative(dataDir, target).startsWith("..")) {
    throw new StartProblem(`${target} lies in the data folder itself: name a place outside ${dataDir}.`);
  }
  mkdirSync(dirname(target), { recursive: true });
}

function requireSpace(target: string, dataDir: string): void {
  const storage = storageDirOf(dataDir);
  const bytes = listFiles(storage).reduce(
    (sum, path) => sum + (statSync(join(storage, path), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  const needed = bytes * (isArchivePath(target) ? 2 : 1);
  const { bavail, bsize } = statfsSync(dirname(target));
  if (bavail * bsize < needed) {
    throw new StartProblem(
      `${dirname(target)} has too little room: the backup needs ${Math.ceil(needed / 1_048_576)} MiB.`,
    );
  }
}

function finish(staging: string, target: string): void {
  if (!isArchivePath(target)) {
    renameSync(staging, target);
    return;
  }
  const archive = join(staging, "..", `.${basename(target)}`);
  try {
    packFolder(staging, archive);
    chmodSync(archive, 0o600);
    renameSync(archive, target);
  } finally {
    rmSync(archive, { force: true });
  }
}
