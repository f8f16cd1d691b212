// Fetches the plugin from a hub into ~/.cc2cc/marketplace and prints the plugin's folder. The hub's marketplace runs it:
//   node -e "globalThis.HUB='http://…';fetch(HUB+'/plugin/install.mjs').then(r=>r.text()).then(t=>import('data:text/javascript,'+encodeURIComponent(t)))"
// With globalThis.KEY set besides, it installs the plugin too, for a Claude Code that cannot run a marketplace's command.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, normalize, sep } from "node:path";

const { HUB: hub, KEY: key } = globalThis;
const home = join(homedir(), ".cc2cc");
const folder = join(home, "marketplace");
const stamp = "pack.sha256";

async function get(path) {
  const response = await fetch(`${hub}/${path}`);
  if (!response.ok) throw new Error(`the hub at ${hub} has no ${path} (${response.status})`);
  return response.text();
}

function writePack(pack, sha256) {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const fresh = mkdtempSync(join(home, "marketplace-"));
  for (const [name, text] of Object.entries(JSON.parse(pack))) {
    const path = normalize(join(fresh, name));
    if (!path.startsWith(fresh + sep)) throw new Error(`the pack names ${name}, outside its folder`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  writeFileSync(join(fresh, stamp), sha256);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

async function fetchPlugin() {
  const { pack: path, sha256 } = JSON.parse(await get("plugin/latest.json"));
  if (existsSync(join(folder, stamp)) && readFileSync(join(folder, stamp), "utf8") === sha256) return;
  const pack = await get(path);
  if (createHash("sha256").update(pack).digest("hex") !== sha256)
    throw new Error(`${path} is not what the hub announced`);
  writePack(pack, sha256);
}

async function checkKey() {
  const { status } = await fetch(`${hub}/api/session`, { headers: { authorization: `Bearer ${key}` } });
  if (status === 401) throw new Error(`the hub at ${hub} does not take this key: compare it with ~/.cc2cc/key there.`);
}

function runClaude(...args) {
  const { status, error } = spawnSync("claude", args, { stdio: "inherit", shell: process.platform === "win32" });
  if (error?.code === "ENOENT")
    throw new Error("there is no `claude` on the PATH: install Claude Code, then run this again.");
  if (status !== 0) throw new Error(`claude ${args.slice(0, 3).join(" ")} failed, for the reason above`);
}

try {
  await fetchPlugin();
  if (key === undefined) {
    console.log(join(folder, "plugin"));
  } else {
    await checkKey();
    runClaude("plugin", "marketplace", "add", folder);
    runClaude("plugin", "install", "cc2cc@cc2cc-local");
    console.log(`Installed. Put this into your shell's profile:\n  export CC2CC_HUB_URL=${hub} CC2CC_API_KEY=${key}`);
  }
} catch (error) {
  console.error(`cc2cc: ${error.message}`);
  process.exitCode = 1;
}
