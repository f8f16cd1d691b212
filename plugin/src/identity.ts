/** Who this session is to the hub: an id of four parts, and the secret that holds it. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { toSegment } from "../../shared/ids.ts";
import type { Settings } from "./settings.ts";

const TOKEN_BYTES = 32;
const SUFFIX_BYTES = 3;
/** A1: the session segment is at most 64 long. */
const SESSION_MAX_LENGTH = 64;

export type Names = Pick<Settings, "username" | "host" | "project">;

export function instanceIdOf(names: Names, session: string): string {
  const parts = [names.username, names.host, names.project].map((name) => toSegment(name));
  return `${parts[0]}@${parts[1]}:${parts[2]}/${toSegment(session, "session")}`;
}

/** The session to begin with: a launcher's choice, Claude Code's own, or one of ours where nobody says. */
export function firstSession(settings: Settings): string {
  return settings.pinnedSession ?? settings.claudeSession ?? randomUUID();
}

/** A session of the same name that another process does not have. */
export function suffixedSession(session: string): string {
  const suffix = `-${randomBytes(SUFFIX_BYTES).toString("hex")}`;
  return toSegment(session, "session").slice(0, SESSION_MAX_LENGTH - suffix.length) + suffix;
}

/** C8: the secret of every id that this user's sessions take on this machine; made on first use. */
export function readOrMakeToken(dataDir: string): string {
  const path = join(dataDir, "identity");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    // `wx`: of two sessions that start at once, one makes it and the other reads it.
    writeFileSync(path, randomBytes(TOKEN_BYTES).toString("base64url"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(path, "utf8").trim();
}

/**
 * Which process has which id. All sessions of a user share one secret, so the hub would let a second process with the
 * same session id (after `/resume`) push the first one out; a claim in the data folder keeps them apart.
 */
export class Claims {
  readonly #folder: string;
  readonly #isAlive: (pid: number) => boolean;
  readonly #held = new Set<string>();

  constructor(dataDir: string, isAlive: (pid: number) => boolean = isProcessAlive) {
    this.#folder = join(dataDir, "claims");
    this.#isAlive = isAlive;
  }

  /** The session as claimed: itself, or with a suffix when a living process has it. */
  take(names: Names, session: string): string {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const free = this.#claim(instanceIdOf(names, session)) ? session : suffixedSession(session);
    if (free !== session) this.#claim(instanceIdOf(names, free));
    return free;
  }

  releaseAll(): void {
    for (const path of this.#held) rmSync(path, { force: true });
    this.#held.clear();
  }

  #claim(instanceId: string): boolean {
    const path = join(this.#folder, Buffer.from(instanceId).toString("base64url").slice(-200));
    const mine = `${process.pid} ${hostname()}`;
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        writeFileSync(path, mine, { flag: "wx", mode: 0o600 });
        this.#held.add(path);
        return true;
      } catch {
        const holder = readHolder(path);
        if (holder === mine && this.#held.has(path)) return true;
        if (holder !== mine && this.#isHeld(holder)) return false;
        rmSync(path, { force: true });
      }
    }
    return false;
  }

  #isHeld(holder: string): boolean {
    const [pid = "", host = ""] = holder.split(" ");
    // The folder may lie on a disk that machines share; of a process elsewhere we cannot know.
    return pid !== "" && (host !== hostname() || this.#isAlive(Number(pid)));
  }
}

function readHolder(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
