import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockDataDir, prepareDataDir, readHubState, writeHubState } from "./data-dir.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cc2cc-data-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;
const state = {
  pid: 1,
  workerdPid: 2,
  url: "http://127.0.0.1:3100",
  publicUrl: "http://192.168.1.20:3100",
  startedAt: "2026-01-01T00:00:00.000Z",
};

it("makes a folder that only its owner can enter", () => {
  const dataDir = join(folder, "new");
  prepareDataDir(dataDir);
  expect([modeOf(dataDir), modeOf(join(dataDir, "storage"))]).toEqual([0o700, 0o700]);
});

it("keeps the mode of a folder that was there, and closes the storage in it", () => {
  const dataDir = join(folder, "old");
  mkdirSync(join(dataDir, "storage"), { recursive: true, mode: 0o755 });
  prepareDataDir(dataDir);
  expect([modeOf(dataDir), modeOf(join(dataDir, "storage"))]).toEqual([0o755, 0o700]);
});

it("says in one line that the folder cannot be written", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => prepareDataDir(join(folder, "file", "data"))).toThrow(/^cannot write to the data folder .*ENOTDIR/);
  if (process.platform === "linux") expect(() => prepareDataDir("/proc/cc2cc/data")).toThrow(/ENOENT/);
});

it("lets one holder in, names it to the next, and is free again after release", () => {
  const lock = lockDataDir(folder);
  writeHubState(folder, state);
  expect(() => lockDataDir(folder)).toThrow(/in use by another hub \(pid 1, http:\/\/127\.0\.0\.1:3100\)/);
  lock.release();
  lockDataDir(folder).release();
});

it("keeps what it knows of the hub to its owner", () => {
  expect(readHubState(folder)).toBeUndefined();
  writeHubState(folder, state);
  expect(readHubState(folder)).toEqual(state);
  expect(modeOf(join(folder, "hub.json"))).toBe(0o600);
});
