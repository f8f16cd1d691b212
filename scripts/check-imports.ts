import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findImports, findViolation } from "./import-rules.ts";
import { listSourceFiles } from "./source-files.ts";

const root = join(import.meta.dirname, "..");
const files = listSourceFiles(root).filter((file) => existsSync(join(root, file)));
const imports = files.flatMap((file) => findImports(file, readFileSync(join(root, file), "utf8")));
const violations = imports.flatMap((found) => {
  const rule = findViolation(found);
  return rule === undefined ? [] : [`${found.file}:${found.line} imports "${found.specifier}": ${rule}`];
});

for (const violation of violations) console.error(violation);
console.log(`imports: ${imports.length} in ${files.length} files, ${violations.length} against the rules`);
process.exitCode = violations.length === 0 ? 0 : 1;
