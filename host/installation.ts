/** Where the parts of cc2cc lie: in a clone, which builds what it serves, or in the package, which holds all of it as built. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Of the clone or the package: programs lie in folders of it, built ones of a clone deeper than others. */
export const ROOT = findRoot(import.meta.dirname);

/** The package has nothing to build from. */
export const isClone: boolean = existsSync(join(ROOT, "host", "bundles.ts"));

/** The oldest Node that runs this. Tools of a clone need more; `npm install` brings it along there. */
export const NODE_NEEDED: readonly [number, number] = isClone ? [22, 18] : [20, 12];

export function readVersion(): string {
  return (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version;
}

function findRoot(folder: string): string {
  return existsSync(join(folder, "package.json")) || folder === dirname(folder) ? folder : findRoot(dirname(folder));
}
