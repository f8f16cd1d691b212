/**
 * `npm run pack`: the package that people install, as build/cc2cc-<version>.tgz. It holds only what runs, as built, and depends
 * on workerd alone. The same input makes the same bytes.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assemblePackage } from "./package/package-folder.ts";

const ROOT = join(import.meta.dirname, "..");

const folder = await assemblePackage(ROOT);
const args = ["pack", folder, "--pack-destination", join(ROOT, "build"), "--ignore-scripts", "--json"];
const packed = spawnSync("npm", args, { encoding: "utf8", shell: process.platform === "win32" });
if (packed.status !== 0) throw new Error(`npm pack failed: ${packed.stderr}`);
const [file] = Object.values(
  JSON.parse(packed.stdout) as Record<string, { filename: string; unpackedSize: number; entryCount: number }>,
);
if (file === undefined) throw new Error(`npm pack says nothing of what it made: ${packed.stdout}`);
const path = join(ROOT, "build", file.filename);
const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
console.log(`${path}: ${file.entryCount} files, ${Math.round(file.unpackedSize / 1_000)} kB, sha256 ${sha256}`);
