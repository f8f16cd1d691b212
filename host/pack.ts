/**
 * `npm run pack`: the package that people install, as build/cc2cc-<version>.tgz. It holds only what runs, as built, and depends
 * on workerd alone.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./installation.ts";
import { packPackage } from "./package/pack-package.ts";

const folder = join(ROOT, "build");
mkdirSync(folder, { recursive: true });
const { path, fileCount, unpackedBytes } = await packPackage(ROOT, folder);
const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
console.log(`${path}: ${fileCount} files, ${Math.round(unpackedBytes / 1_000)} kB, sha256 ${sha256}`);
