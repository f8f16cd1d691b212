import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTempDir } from "../test/helpers/temp-dir.ts";
import { prepareDataDir } from "./data-dir.ts";
import { claimDataFormat, readDataFormat } from "./data-format.ts";

const own = { format: 2, hub: "0.2.0" };

function folderWith(text?: string): string {
  const folder = makeTempDir();
  prepareDataDir(folder);
  mkdirSync(join(folder, "storage/cc2cc-Directory"));
  if (text !== undefined) writeFileSync(join(folder, "data-format"), text);
  return folder;
}

it("writes the format and the version into a new folder, without a word", () => {
  const folder = makeTempDir();
  prepareDataDir(folder);
  expect(claimDataFormat(folder, own)).toBeUndefined();
  expect(readFileSync(join(folder, "data-format"), "utf8")).toBe("format=2\nhub=0.2.0\n");
  expect(readDataFormat(folder)).toEqual(own);
});

it("refuses a newer folder by name of who wrote it, and leaves it as it is", () => {
  const folder = folderWith("format=3\nhub=0.3.1\n");
  expect(() => claimDataFormat(folder, own)).toThrow(
    /written by cc2cc 0\.3\.1 in format 3.*start cc2cc 0\.3\.1 or newer/,
  );
  expect(readFileSync(join(folder, "data-format"), "utf8")).toBe("format=3\nhub=0.3.1\n");
});

it("takes an older folder on, and says that older versions will not", () => {
  const folder = folderWith("format=1\nhub=0.1.7\n");
  expect(claimDataFormat(folder, own)).toMatch(/^the data folder of cc2cc 0\.1\.7 \(format 1\) is now in format 2/);
  expect(claimDataFormat(folder, own)).toBeUndefined();
});

it("takes a folder with data and no file for format 1", () => {
  const folder = folderWith();
  expect(readDataFormat(folder)).toEqual({ format: 1, hub: undefined });
  expect(claimDataFormat(folder, { format: 1, hub: "0.2.0" })).toBeUndefined();
  expect(readDataFormat(folder)).toEqual({ format: 1, hub: "0.2.0" });
});

it("notes another version of the same format without a word", () => {
  const folder = folderWith("format=2\nhub=0.2.4\n");
  expect(claimDataFormat(folder, own)).toBeUndefined();
  expect(readDataFormat(folder)?.hub).toBe("0.2.0");
});

it.each(["", "format=\n", "format=two\n", "format=0\n", "format=-1\n"])("refuses a file that says %j", (text) => {
  expect(() => claimDataFormat(folderWith(text), own)).toThrow(/data-format cannot be read/);
});
