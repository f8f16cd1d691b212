/** The hub that `cc2cc join` has let this user in to: its address and key, in a file that only this user can read. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export interface JoinedHub {
  /** An origin, such as `http://192.168.1.20:3100`. */
  url: string;
  key: string;
}

/** The command line's own folder: its identity, its claims, and the hub it has joined. */
export function cliFolder(home = homedir()): string {
  return join(home, ".cc2cc", "cli");
}

/** Undefined where nobody has joined, or the file cannot be read. */
export function readJoinedHub(home = homedir()): JoinedHub | undefined {
  try {
    const { url, key } = JSON.parse(readFileSync(joinedPath(home), "utf8")) as Partial<JoinedHub>;
    return typeof url === "string" && typeof key === "string" ? { url, key } : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the file's path. */
export function writeJoinedHub({ url, key }: JoinedHub, home = homedir()): string {
  const path = joinedPath(home);
  mkdirSync(cliFolder(home), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify({ url, key }, undefined, 2)}\n`, { mode: 0o600 });
  return path;
}

function joinedPath(home: string): string {
  return join(cliFolder(home), "join.json");
}

export function forgetJoinedHub(home = homedir()): void {
  rmSync(joinedPath(home), { force: true });
}
