/** Who this session is to the hub: an id of four parts, and the secret that holds it. */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toSegment } from "../../shared/ids.ts";

const TOKEN_BYTES = 32;
const SUFFIX_BYTES = 3;
/** A1: the session segment is at most 64 long. */
const SESSION_MAX_LENGTH = 64;
/** Names that a machine-wide file of systemd and D-Bus tells apart. Other systems have none: one address a data folder. */
const MACHINE_ID_FILE = "/etc/machine-id";

/** The three names of an id, as people write them. */
export interface Names {
  username: string;
  host: string;
  project: string;
}

export function instanceIdOf(names: Names, session: string): string {
  const parts = [names.username, names.host, names.project].map((name) => toSegment(name));
  return `${parts[0]}@${parts[1]}:${parts[2]}/${toSegment(session, "session")}`;
}

/** A session of the same name that another process does not have. */
export function suffixedSession(session: string): string {
  const suffix = `-${randomBytes(SUFFIX_BYTES).toString("hex")}`;
  return toSegment(session, "session").slice(0, SESSION_MAX_LENGTH - suffix.length) + suffix;
}

/** C8: the secret of every id that this user's sessions take on this machine; made on first use. */
export function readOrMakeToken(dataDir: string): string {
  return readOrMake(dataDir, "identity", randomBytes(TOKEN_BYTES).toString("base64url"));
}

/**
 * The address of this machine's user as it was first seen: a host name that changes with the network would be another
 * instance, and its mail would stay behind. A folder that several machines share has one for each.
 */
export function keepNames(dataDir: string, found: Pick<Names, "username" | "host">): Pick<Names, "username" | "host"> {
  const text = readOrMake(dataDir, `address-${machineKey()}.json`, JSON.stringify(found));
  try {
    const { username, host } = JSON.parse(text) as Partial<Names>;
    return { username: username ?? found.username, host: host ?? found.host };
  } catch {
    return found;
  }
}

/** Writes a file that only its user can read, unless it is there; returns what it holds. */
function readOrMake(dataDir: string, name: string, content: string): string {
  const path = join(dataDir, name);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    // `wx`: of two sessions that start at once, one makes it and the other reads it.
    writeFileSync(path, content, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(path, "utf8").trim();
}

function machineKey(): string {
  try {
    return createHash("sha256").update(readFileSync(MACHINE_ID_FILE)).digest("hex").slice(0, 12);
  } catch {
    return "machine";
  }
}
