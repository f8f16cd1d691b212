/** The plugin as the hub hands it out: one file with all of it, since workerd serves none whose name begins with a dot. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

interface Asset {
  fileName: string;
  source: string;
}

const PARTS = [
  ".claude-plugin/marketplace.json",
  "plugin/.claude-plugin",
  "plugin/.mcp.json",
  "plugin/hooks",
  "plugin/agents",
  "plugin/commands",
  "plugin/skills",
  "plugin/dist",
];

/**
 * Files for the hub to serve: the pack, what it should hash to, the script that fetches both, and the one that joins a machine
 * by the command line; `cli` is where that was built, below the root.
 */
export function packPlugin(root: string, cli: string): Asset[] {
  const paths = PARTS.flatMap((part) => listFiles(root, part)).sort();
  const pack = JSON.stringify(Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), "utf8")])));
  const sha256 = createHash("sha256").update(pack).digest("hex");
  const fileName = `plugin/pack-${sha256.slice(0, 16)}.json`;
  return [
    { fileName, source: pack },
    { fileName: "plugin/latest.json", source: JSON.stringify({ pack: fileName, sha256 }) },
    { fileName: "plugin/install.mjs", source: readFileSync(join(root, "plugin/install.mjs"), "utf8") },
    { fileName: "plugin/join.mjs", source: readFileSync(join(root, "plugin/join.mjs"), "utf8") },
    { fileName: "plugin/cli.mjs", source: readFileSync(join(root, cli), "utf8") },
  ];
}

function listFiles(root: string, part: string): string[] {
  if (part.endsWith(".json")) return [part];
  return readdirSync(join(root, part), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"));
}
