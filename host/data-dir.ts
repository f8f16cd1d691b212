import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { takePidLock } from "./pid-lock.ts";
import { type Database, loadSqlite } from "./sqlite.ts";
import { StartProblem } from "./start-problem.ts";

/** What `hub.json` tells people and tests about the hub that holds the folder. The lock, not this, says if it runs. */
export interface HubState {
  pid: number;
  workerdPid: number;
  /** Where this machine reaches it, and where others do. */
  url: string;
  publicUrl: string;
  /** Of the certificate that it shows; left out for plain http. */
  fingerprint?: string | undefined;
  startedAt: string;
}

export function prepareDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir);
    makeFolder(storageDirOf(dataDir));
    // A folder that was there before keeps the mode its owner chose; what others must not read lies below.
    chmodSync(storageDirOf(dataDir), 0o700);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartProblem(
      `cannot write to the data folder ${dataDir} (${reasonOf(error)}): set CC2CC_DATA_DIR to a folder you can write to.`,
    );
  }
}

/** Node's own `recursive` never returns where a folder says that there is none, as those of /proc do. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  mkdirSync(path, { mode: 0o700 });
}

export function storageDirOf(dataDir: string): string {
  return join(dataDir, "storage");
}

/**
 * Two hubs on one folder would each believe they own the queues. The lock is SQLite's on an empty database: the kernel
 * gives it back when its process dies in whatever way, so there is no stale lock to guess about, on any platform. A Node
 * without SQLite has the process id beside it to go by, which those with SQLite leave there for it.
 */
export function lockDataDir(dataDir: string): { release(): void } {
  const database = lockDatabase(dataDir);
  const pidLock = takePidLock(join(dataDir, "hub.pid"), notWritable);
  if (pidLock === undefined) {
    database?.close();
    throw inUse(dataDir);
  }
  return {
    release() {
      pidLock.release();
      database?.close();
    },
  };
}

function lockDatabase(dataDir: string): Database | undefined {
  const path = join(dataDir, "hub.lock");
  const database = openLock(path);
  try {
    database?.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof Error && error.message.includes("locked") ? inUse(dataDir) : notWritable(path, error);
  }
}

function inUse(dataDir: string): StartProblem {
  const state = readHubState(dataDir);
  const holder = state ? ` (pid ${state.pid}, ${state.url})` : "";
  return new StartProblem(
    `the data folder ${dataDir} is in use by another hub${holder}: stop that one, or set CC2CC_DATA_DIR to another folder.`,
  );
}

function openLock(path: string): Database | undefined {
  try {
    // SQLite would make it readable for all, and gives its journal the mode that it finds.
    writeFileSync(path, "", { flag: "a", mode: 0o600 });
    const sqlite = loadSqlite();
    return sqlite && new sqlite.DatabaseSync(path);
  } catch (error) {
    throw notWritable(path, error);
  }
}

function notWritable(path: string, error: unknown): StartProblem {
  return new StartProblem(
    `cannot write ${path} (${reasonOf(error)}): see that the disk has room and the folder is yours.`,
  );
}

export function readHubState(dataDir: string): HubState | undefined {
  const path = join(dataDir, "hub.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as HubState) : undefined;
}

export function writeHubState(dataDir: string, state: HubState): void {
  writePrivateFile(join(dataDir, "hub.json"), `${JSON.stringify(state, null, 2)}\n`);
}

export function removeHubState(dataDir: string): void {
  rmSync(join(dataDir, "hub.json"), { force: true });
}

/** Whole or not at all: a reader never meets half a file. */
export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw notWritable(path, error);
  }
}

/** The same, but for a file that says it already: then no disk is asked. */
export function ensurePrivateFile(path: string, text: string): void {
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) writePrivateFile(path, text);
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  return code ?? String(error);
}
