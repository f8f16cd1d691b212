// Fetches the plugin from a hub and prints its folder. The hub's marketplace runs it, again at each session's start:
//   node -e "globalThis.HUB='http://…';fetch(HUB+'/plugin/install.mjs').then(r=>r.text()).then(t=>import('data:text/javascript,'+encodeURIComponent(t)))"
// Claude Code copies the folder into a cache of its own, so it is a temporary one, and nothing is left once the plugin is
// uninstalled. With globalThis.KEY set besides, it installs the plugin too, into ~/.cc2cc/marketplace, for a Claude Code
// that cannot run a marketplace's command and uses the folder in place.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, normalize, sep } from "node:path";

const { HUB: hub, KEY: key } = globalThis;
const prefix = "cc2cc-plugin-";
/** Claude Code has copied a folder long before this. */
const KEPT_MS = 600_000;

async function get(path) {
  const response = await fetch(`${hub}/${path}`);
  if (!response.ok) throw new Error(`the hub at ${hub} has no ${path} (${response.status})`);
  return response.text();
}

/** Writes the pack's files below a folder of this user's own, under a name that nobody else can have made. */
function writePack(pack, parent) {
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(parent, prefix));
  for (const [name, text] of Object.entries(JSON.parse(pack))) {
    const path = normalize(join(folder, name));
    if (!path.startsWith(folder + sep)) throw new Error(`the pack names ${name}, outside its folder`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return folder;
}

async function fetchPack() {
  const { pack: path, sha256 } = JSON.parse(await get("plugin/latest.json"));
  const pack = await get(path);
  if (createHash("sha256").update(pack).digest("hex") !== sha256)
    throw new Error(`${path} is not what the hub announced`);
  return pack;
}

/** Folders of earlier runs, which Claude Code has copied. */
function removeOld() {
  for (const name of readdirSync(tmpdir()).filter((name) => name.startsWith(prefix))) {
    const path = join(tmpdir(), name);
    try {
      const { uid, mtimeMs } = statSync(path);
      const isOurs = process.getuid === undefined || uid === process.getuid();
      if (isOurs && Date.now() - mtimeMs > KEPT_MS) rmSync(path, { recursive: true, force: true });
    } catch {
      // Another run has removed it.
    }
  }
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

function install(pack) {
  const home = join(homedir(), ".cc2cc");
  const folder = join(home, "marketplace");
  const fresh = writePack(pack, home);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  runClaude("plugin", "marketplace", "add", folder);
  runClaude("plugin", "install", "cc2cc@cc2cc-local");
  console.log(`Installed. Put this into your shell's profile:\n  export CC2CC_HUB_URL=${hub} CC2CC_API_KEY=${key}`);
}

try {
  const pack = await fetchPack();
  if (key === undefined) {
    removeOld();
    console.log(join(writePack(pack, tmpdir()), "plugin"));
  } else {
    await checkKey();
    install(pack);
  }
} catch (error) {
  console.error(`cc2cc: ${error.message}`);
  process.exitCode = 1;
}
