/** What a backup says of itself: enough to find any damage later. */
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { StartProblem } from "../start-problem.ts";
import { listFiles } from "./snapshot.ts";

export const MANIFEST_FILE = "manifest.json";
/** Where the data folder's files lie in a backup. */
export const DATA_FOLDER = "data";

/** Below the data folder, and nowhere else: a backup is restored by these. */
const DataPath = z.string().regex(/^(?!.*(^|\/)\.\.?(\/|$))[^/\\:\0]+(\/[^/\\:\0]+)*$/);

const Manifest = z.object({
  kind: z.literal("cc2cc-backup"),
  /** Of the data, as in its `data-format`. */
  format: z.number().int().positive(),
  /** The version of the hub whose data it is. */
  hub: z.string(),
  /** The instant whose state it holds. */
  takenAt: z.string(),
  /** How long the hub stood still for it; null for a hub that did not run. */
  pausedMs: z.number().nullable(),
  files: z.array(z.object({ path: DataPath, size: z.number().int().nonnegative(), sha256: z.string() })),
});
export type Manifest = z.infer<typeof Manifest>;

export function listEntries(backup: string): Manifest["files"] {
  const data = join(backup, DATA_FOLDER);
  return listFiles(data).map((path) => {
    const file = join(data, path);
    return { path, size: statSync(file).size, sha256: hashFile(file) };
  });
}

/** Throws a StartProblem for a folder that is no backup. */
export function readManifest(backup: string): Manifest {
  const path = join(backup, MANIFEST_FILE);
  return parseManifest(backup, existsSync(path) ? readFileSync(path, "utf8") : "");
}

/** Throws a StartProblem for a text that is no manifest; `backup` is what it says it of. */
export function parseManifest(backup: string, text: string): Manifest {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw new StartProblem(`${backup} is not a backup of cc2cc, or its ${MANIFEST_FILE} is damaged.`);
  }
  const parsed = Manifest.safeParse(manifest);
  if (!parsed.success)
    throw new StartProblem(`${backup} is not a backup of cc2cc: its ${MANIFEST_FILE} says something else.`);
  return parsed.data;
}

const CHUNK_BYTES = 1_048_576;

/** In pieces: a history may be larger than the memory that its check should take. */
function hashFile(path: string): string {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const file = openSync(path, "r");
  try {
    for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk))
      hash.update(chunk.subarray(0, length));
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}
