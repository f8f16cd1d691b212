/**
 * Keeps some room on the hub's disk in reserve. A hub that finds no room at all can store nothing, not even that a message was
 * taken; so when room runs out, the reserve is given back, and the hub is told to refuse new messages while acks and reads go
 * on. When there is room again, the reserve is made anew.
 */

import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";

const FILE_NAME = "reserve";
/** Logs of SQLite are used again from some 4 MB on, so acks need no more than a few of these. */
const RESERVE_MAX_BYTES = 16 * 1_048_576;
/** Of a small disk, a part. */
const RESERVE_PART = 8;
const CHUNK_BYTES = 1_048_576;
const LOOK_EVERY_MS = 500;

/** `short`: the disk is so full that the hub should take nothing new. */
export type DiskState = "roomy" | "short";

export class DiskReserve {
  readonly #path: string;
  readonly #dataDir: string;
  readonly #size: number;
  state: DiskState = "roomy";

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#path = join(dataDir, FILE_NAME);
    const { blocks, bsize } = statfsSync(dataDir);
    this.#size = Math.min(RESERVE_MAX_BYTES, Math.floor((blocks * bsize) / RESERVE_PART));
  }

  /** Looks at the disk, and takes or gives back the reserve. */
  look(): DiskState {
    const free = freeBytes(this.#dataDir);
    // Room must have come back for the reserve and as much again: otherwise giving it back would look like room.
    if (this.state === "short" ? free > 3 * this.#size : free >= this.#size / 4) this.#take(free);
    else this.#giveBack();
    return this.state;
  }

  #take(free: number): void {
    this.state = "roomy";
    if (this.#has() || free < 2 * this.#size) return;
    try {
      this.#write();
    } catch {
      // Somebody was faster: the next look says what that means.
      rmSync(this.#path, { force: true });
    }
  }

  #giveBack(): void {
    this.state = "short";
    rmSync(this.#path, { force: true });
  }

  #has(): boolean {
    try {
      const file = openSync(this.#path, "r");
      try {
        return fstatSync(file).size >= this.#size;
      } finally {
        closeSync(file);
      }
    } catch {
      return false;
    }
  }

  #write(): void {
    const file = openSync(this.#path, "w", 0o600);
    try {
      // Random, since some file systems keep nothing of zeros.
      const chunk = randomBytes(CHUNK_BYTES);
      for (let left = this.#size; left > 0; left -= CHUNK_BYTES) writeSync(file, chunk, 0, Math.min(left, CHUNK_BYTES));
    } finally {
      closeSync(file);
    }
  }
}

/** Calls `tell` when the state has changed, and again while room is short: a hub that starts meanwhile does not know. */
export function watchDisk(dataDir: string, tell: (state: DiskState, isNew: boolean) => void): void {
  const reserve = new DiskReserve(dataDir);
  let told: DiskState = "roomy";
  const look = () => {
    const state = reserve.look();
    if (state === "short" || told !== state) tell(state, told !== state);
    told = state;
  };
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
