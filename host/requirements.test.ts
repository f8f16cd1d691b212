import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkGlibc, findWorkerd, readGlibcVersion } from "./requirements.ts";

describe("checkGlibc", () => {
  it.each(["2.35", "2.36", "2.40", "3.0"])("accepts %s", (version) => {
    expect(() => checkGlibc("linux", version)).not.toThrow();
  });

  it.each(["2.34", "2.4", "1.99"])("refuses %s and names it", (version) => {
    expect(() => checkGlibc("linux", version)).toThrow(`needs glibc 2.35 or newer, this system has ${version}`);
  });

  it("refuses a Linux with another C library, and asks nothing of other systems", () => {
    expect(() => checkGlibc("linux", undefined)).toThrow(/another C library/);
    expect(() => checkGlibc("darwin", undefined)).not.toThrow();
  });
});

it("reads the version of the machine it runs on", () => {
  expect(readGlibcVersion()).toMatch(process.platform === "linux" ? /^\d+\.\d+$/ : /^undefined$/);
});

describe("findWorkerd", () => {
  it("finds the binary of this machine", () => {
    expect(existsSync(findWorkerd(process.platform, process.arch))).toBe(true);
  });

  it("says what is missing", () => {
    expect(() => findWorkerd("linux", "riscv64")).toThrow("workerd has no build for linux on riscv64");
    const other = process.platform === "darwin" ? "linux" : "darwin";
    expect(() => findWorkerd(other, "arm64")).toThrow(/is not installed: run `npm install`/);
  });
});
