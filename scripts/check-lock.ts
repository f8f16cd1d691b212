import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findMissingBuilds, findUnlockedTools, type Lock } from "./lock-rules.ts";

const TOOLS_WITH_BINARIES = ["workerd", "esbuild", "rolldown", "lightningcss", "typescript", "@biomejs/biome"];

const lock: Lock = JSON.parse(readFileSync(join(import.meta.dirname, "..", "package-lock.json"), "utf8"));
const problems = [...findMissingBuilds(lock), ...findUnlockedTools(lock, TOOLS_WITH_BINARIES)];

for (const problem of problems) console.error(problem);
console.log(`lock: ${Object.keys(lock.packages).length} packages, ${problems.length} platform builds missing`);
process.exitCode = problems.length === 0 ? 0 : 1;
