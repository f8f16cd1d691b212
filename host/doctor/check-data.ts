/** The data folder and the key. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type HubState, lockDataDir, readHubState } from "../data-dir.ts";
import { describeNewerFormat, type HubFormat, readDataFormat } from "../data-format.ts";
import { readKeys } from "../key-file.ts";
import type { Settings } from "../settings.ts";
import { StartProblem } from "../start-problem.ts";
import { attempt } from "./check-machine.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** Random hexadecimal text of 32 characters has fewer different ones than this once in a million times. */
const DISTINCT_MIN = 8;

/** The hub that holds the folder, or undefined. The lock says whether one does; the file beside it says which. */
export function findHub(dataDir: string): HubState | "unknown" | undefined {
  if (!existsSync(join(dataDir, "hub.lock"))) return undefined;
  try {
    lockDataDir(dataDir).release();
    return undefined;
  } catch (error) {
    if (!(error instanceof StartProblem)) throw error;
    return readHubState(dataDir) ?? "unknown";
  }
}

export function checkDataFolder(dataDir: string): Finding {
  if (!existsSync(dataDir)) return ok("data folder", `${dataDir} is not there yet; the first start makes it`);
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return fail(
      "data folder",
      `${dataDir} cannot be written (${(error as NodeJS.ErrnoException).code})`,
      "give it to the user who runs the hub (chown), make its file system writable, or set CC2CC_DATA_DIR",
    );
  }
  const storage = join(dataDir, "storage");
  const isOpen = process.platform !== "win32" && existsSync(storage) && (statSync(storage).mode & 0o077) !== 0;
  if (isOpen) return warn("data folder", `${storage} can be read by other users`, `run \`chmod -R go= ${dataDir}\``);
  return ok("data folder", dataDir);
}

export function checkFormat(dataDir: string, own: HubFormat): Finding {
  return attempt("data format", () => {
    const found = readDataFormat(dataDir);
    if (found === undefined) return ok("data format", "no data yet");
    const refusal = describeNewerFormat(dataDir, found, own);
    if (refusal !== undefined) throw new StartProblem(refusal);
    const by = `format ${found.format}, by cc2cc ${found.hub ?? "(an earlier version)"}`;
    if (found.format === own.format) return ok("data format", by);
    return warn(
      "data format",
      `${by}; a start turns it into format ${own.format}`,
      "back up first: older versions refuse it afterwards",
    );
  });
}

/** Looks at what a start would take; never repeats a key. */
export function checkKeys({ keys, dataDir }: Settings): Finding {
  if (keys.length > 0) return judgeKeys(keys, "CC2CC_HUB_API_KEY");
  const path = join(dataDir, "key");
  return attempt("key", () => {
    if (!existsSync(path)) return ok("key", "none yet; the first start makes one");
    const found = readKeys(dataDir) ?? [];
    if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
      return fail(
        "key",
        `${path} can be read by other users`,
        `run \`chmod 600 ${path}\`; if others have read it, delete it and start: that makes a new one`,
      );
    }
    return judgeKeys(found, path);
  });
}

function judgeKeys(keys: string[], place: string): Finding {
  const weak = keys.filter((key) => new Set(key.replace(/^cc2cc_/, "")).size < DISTINCT_MIN).length;
  if (weak > 0) return fail("key", `${place} has a key that is not random`, "make one with `openssl rand -hex 32`");
  if (keys.length > 1)
    return warn(
      "key",
      `${place} has ${keys.length} keys`,
      'when all clients have moved over (GET /api/keys), leave the old one out: docs/operations.md, "Changing the key"',
    );
  return ok("key", `from ${place}`);
}
