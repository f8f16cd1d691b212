import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findBrokenLinks } from "./link-rules.ts";
import { listFiles } from "./source-files.ts";

const root = join(import.meta.dirname, "..");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
const files = listFiles(root, []).filter((file) => existsSync(join(root, file)));
const pages = new Map(
  files.filter((file) => file.endsWith(".md")).map((file) => [file, readFileSync(join(root, file), "utf8")]),
);
const problems = findBrokenLinks({
  pages,
  isThere: (path) => files.some((file) => file === path || file.startsWith(`${path.replace(/\/$/, "")}/`)),
  scripts: new Set(Object.keys(scripts)),
});

for (const problem of problems) console.error(problem);
console.log(`links: ${pages.size} pages, ${problems.length} broken`);
process.exitCode = problems.length === 0 ? 0 : 1;
