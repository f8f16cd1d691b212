import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readOrMakeKey } from "./key-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cc2cc-key-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("makes 32 random bytes on the first run and keeps them", () => {
  const first = readOrMakeKey(folder);
  expect(first.key).toMatch(/^cc2cc_[0-9a-f]{64}$/);
  expect(first.isNew).toBe(true);
  expect(readFileSync(first.path, "utf8")).toBe(`${first.key}\n`);
  expect(readOrMakeKey(folder)).toEqual({ ...first, isNew: false });
});

it("lets nobody else read the file, also when someone had opened it up", () => {
  const { path } = readOrMakeKey(folder);
  chmodSync(path, 0o644);
  readOrMakeKey(folder);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it("refuses a file with a short key and names the file", () => {
  writeFileSync(join(folder, "key"), "short\n");
  expect(() => readOrMakeKey(folder)).toThrow(`the key in ${join(folder, "key")} is too short (5 characters`);
});
