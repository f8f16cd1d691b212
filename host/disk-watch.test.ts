import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { canMakeDisks, makeSmallDisk } from "../test/helpers/small-disk.ts";
import { DiskReserve } from "./disk-watch.ts";

const MB = 1_048_576;

it.runIf(canMakeDisks())("takes a reserve, gives it back when the disk is full, and takes it again", () => {
  const disk = makeSmallDisk(24);
  const dataDir = join(disk.folder, "data");
  mkdirSync(dataDir);
  const reserve = new DiskReserve(dataDir);
  const path = join(dataDir, "reserve");
  expect(reserve.look()).toBe("roomy");
  expect(statSync(path)).toMatchObject({ size: 3 * MB, blocks: (3 * MB) / 512 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(reserve.look()).toBe("roomy");
  disk.fill();
  expect(reserve.look()).toBe("short");
  expect(existsSync(path)).toBe(false);
  // What it gave back is not room that has come.
  expect(reserve.look()).toBe("short");
  expect(existsSync(path)).toBe(false);
  disk.free();
  expect(reserve.look()).toBe("roomy");
  expect(existsSync(path)).toBe(true);
});

it.runIf(canMakeDisks())("takes none of a disk that is all but full when it starts", () => {
  const disk = makeSmallDisk(24);
  disk.fill();
  const reserve = new DiskReserve(disk.folder);
  expect(reserve.look()).toBe("short");
  expect(existsSync(join(disk.folder, "reserve"))).toBe(false);
});
