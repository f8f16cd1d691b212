import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writePrivateFile } from "./data-dir.ts";
import { parseKeys } from "./settings.ts";
import { StartProblem } from "./start-problem.ts";

export interface KeyFile {
  path: string;
  /** At least one; the first is the one that the hub itself uses and names. */
  keys: string[];
  isNew: boolean;
}

/** The keys of this hub; the first is made on its first run. */
export function readOrMakeKeys(dataDir: string): KeyFile {
  const path = join(dataDir, "key");
  const found = readKeys(dataDir);
  if (found !== undefined) {
    chmodSync(path, 0o600);
    return { path, keys: found, isNew: false };
  }
  const key = makeKey();
  writePrivateFile(path, `${key}\n`);
  return { path, keys: [key], isNew: true };
}

/** The keys of this hub; undefined before its first run, and where the environment has them. */
export function readKeys(dataDir: string): string[] | undefined {
  const path = join(dataDir, "key");
  return existsSync(path) ? parseKeyFile(readFileSync(path, "utf8"), path) : undefined;
}

/** Takes what `CC2CC_HUB_API_KEY` takes, so that a key is changed in the same way in both places. */
export function parseKeyFile(text: string, path: string): string[] {
  const keys = parseKeys(text, path);
  if (keys.length === 0) throw new StartProblem(`${path} holds no key: delete it to have one made.`);
  return keys;
}

/** 256 random bits, behind a prefix that scanners for secrets find. */
export function makeKey(): string {
  return `cc2cc_${randomBytes(32).toString("hex")}`;
}
