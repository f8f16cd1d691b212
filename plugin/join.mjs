// Joins this machine's coding agents to a hub where cc2cc is not installed: fetches the command line from the hub, and runs its `join`.
//   node -e "globalThis.HUB='http://…';fetch(HUB+'/plugin/join.mjs').then(r=>r.text()).then(t=>import('data:text/javascript,'+encodeURIComponent(t)))"
// What follows the line are options of `cc2cc join`. What was fetched is gone when it ends.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { HUB: hub } = globalThis;
const NODE_NEEDED = [20, 12];

async function get(path) {
  const response = await fetch(`${hub}/${path}`);
  if (!response.ok) throw new Error(`the hub at ${hub} has no ${path} (${response.status})`);
  return response.text();
}

/** The command line finds its version in a package.json above it, as in the package. */
async function fetchProgram() {
  const folder = mkdtempSync(join(tmpdir(), "cc2cc-join-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { version } = JSON.parse(await get("version"));
  mkdirSync(join(folder, "lib"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "cc2cc", version, type: "module" }));
  const program = join(folder, "lib", "cli.mjs");
  writeFileSync(program, await get("plugin/cli.mjs"));
  return pathToFileURL(program).href;
}

try {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < NODE_NEEDED[0] || (major === NODE_NEEDED[0] && minor < NODE_NEEDED[1])) {
    throw new Error(`this Node is too old (${process.version}, ${NODE_NEEDED.join(".")} is needed)`);
  }
  const { main } = await import(await fetchProgram());
  await main(["join", hub, ...process.argv.slice(1)]);
} catch (error) {
  console.error(`cc2cc: ${error.message}`);
  process.exitCode = 1;
}
