import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readOrMakeKeys } from "./key-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cc2cc-key-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("makes 32 random bytes on the first run and keeps them", () => {
  const first = readOrMakeKeys(folder);
  expect(first.keys).toEqual([expect.stringMatching(/^cc2cc_[0-9a-f]{64}$/)]);
  expect(first.isNew).toBe(true);
  expect(readFileSync(first.path, "utf8")).toBe(`${first.keys[0]}\n`);
  expect(readOrMakeKeys(folder)).toEqual({ ...first, isNew: false });
});

it("lets nobody else read the file, also when someone had opened it up", () => {
  const { path } = readOrMakeKeys(folder);
  chmodSync(path, 0o644);
  readOrMakeKeys(folder);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it("refuses a file with a short key and names the file", () => {
  writeFileSync(join(folder, "key"), "short\n");
  expect(() => readOrMakeKeys(folder)).toThrow(
    `the key in ${join(folder, "key")} is too short (5 characters, 32 at least): delete it`,
  );
});

it("takes several keys, separated by commas, and says which file holds none", () => {
  const [one, two] = ["a".repeat(32), "b".repeat(32)];
  writeFileSync(join(folder, "key"), `${one},${two}\n`);
  expect(readOrMakeKeys(folder).keys).toEqual([one, two]);
  writeFileSync(join(folder, "key"), "\n");
  expect(() => readOrMakeKeys(folder)).toThrow(`${join(folder, "key")} holds no key: delete it`);
});
