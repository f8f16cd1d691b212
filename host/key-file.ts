import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writePrivateFile } from "./data-dir.ts";
import { checkKey } from "./settings.ts";

export interface KeyFile {
  path: string;
  key: string;
  isNew: boolean;
}

/** The key of this hub, made on its first run. */
export function readOrMakeKey(dataDir: string): KeyFile {
  const path = join(dataDir, "key");
  const found = readKey(dataDir);
  if (found !== undefined) {
    chmodSync(path, 0o600);
    return { path, key: found, isNew: false };
  }
  const key = makeKey();
  writePrivateFile(path, `${key}\n`);
  return { path, key, isNew: true };
}

/** The key of this hub; undefined before its first run, and where the environment has it. */
export function readKey(dataDir: string): string | undefined {
  const path = join(dataDir, "key");
  if (!existsSync(path)) return undefined;
  const key = readFileSync(path, "utf8").trim();
  checkKey(key, path);
  return key;
}

/** 256 random bits, behind a prefix that scanners for secrets find. */
export function makeKey(): string {
  return `cc2cc_${randomBytes(32).toString("hex")}`;
}
