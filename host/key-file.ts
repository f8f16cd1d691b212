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
  if (!existsSync(path)) {
    const key = `cc2cc_${randomBytes(32).toString("hex")}`;
    writePrivateFile(path, `${key}\n`);
    return { path, key, isNew: true };
  }
  const key = readFileSync(path, "utf8").trim();
  checkKey(key, path);
  chmodSync(path, 0o600);
  return { path, key, isNew: false };
}
