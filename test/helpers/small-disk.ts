/** A disk that a test can fill: a file system in memory, which needs the right to mount one. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const CHUNK = Buffer.alloc(65_536, "x");

function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0;
}

/** Whether this machine and user can mount one. */
export function canMakeDisks(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), "cc2cc-disk-"));
  const isMounted = run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder);
  if (isMounted) run("umount", folder);
  rmSync(folder, { recursive: true, force: true });
  return isMounted;
}

export interface SmallDisk {
  folder: string;
  /** Takes all the room there is, down to the last byte. */
  fill(): void;
  /** Gives back what `fill` took. */
  free(): void;
}

/** A disk for the test that asks; what uses it must have ended when the test is finished, so ask for it first. */
export function makeSmallDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "cc2cc-disk-"));
  if (!run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder)) throw new Error("cannot mount a disk");
  onTestFinished(() => {
    run("umount", "--lazy", folder);
    rmSync(folder, { recursive: true, force: true });
  });
  const filler = join(folder, "filler");
  return {
    folder,
    fill() {
      const file = openSync(filler, "a");
      for (let size = CHUNK.length; size >= 1; ) {
        try {
          writeSync(file, CHUNK, 0, size);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
          size = Math.floor(size / 2);
        }
      }
      closeSync(file);
    },
    free: () => rmSync(filler, { force: true }),
  };
}
