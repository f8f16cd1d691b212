/** Whether the plugin that is installed here is the one that the hub hands out. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { askHub, type HubDoor } from "../hub-http.ts";
import { type Finding, ok, warn } from "./finding.ts";

const TIMEOUT_MS = 10_000;
const MANIFEST = "plugin/.claude-plugin/plugin.json";

/** `installed` and `served` as versions; undefined where there is none. */
export function comparePlugins(installed: string | undefined, served: string | undefined): Finding {
  if (installed === undefined) return ok("plugin", "none is installed for this user");
  if (served === undefined || served === installed)
    return ok("plugin", `${installed} is installed${served === undefined ? "" : ", as the hub has it"}`);
  return warn(
    "plugin",
    `${installed} is installed, the hub has ${served}`,
    "run `claude plugin update cc2cc@cc2cc-local`, and start the sessions again",
  );
}

/** Asks Claude Code; without it, looks where the hub's marketplace puts the plugin. */
export function findInstalledVersion(home: string): string | undefined {
  const { status, stdout } = spawnSync("claude", ["plugin", "list", "--json"], {
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    shell: process.platform === "win32",
  });
  if (status === 0) return readPluginList(stdout);
  const path = join(home, ".cc2cc/marketplace", MANIFEST);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version : undefined;
}

/** Of what Claude Code prints, which has grown fields before: an entry whose id or name is ours. */
export function readPluginList(text: string): string | undefined {
  try {
    const list = Object.values(JSON.parse(text) as Record<string, unknown>).flat() as Record<string, unknown>[];
    const own = list.find((entry) => [entry?.id, entry?.name].some((name) => /^cc2cc(@|$)/.test(String(name))));
    return typeof own?.version === "string" ? own.version : undefined;
  } catch {
    return undefined;
  }
}

export async function findServedVersion(door: HubDoor): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { pack } = JSON.parse((await askHub(door, { path: "/plugin/latest.json", signal })).text) as { pack: string };
    const files = JSON.parse((await askHub(door, { path: `/${pack}`, signal })).text) as Record<string, string>;
    return (JSON.parse(files[MANIFEST] ?? "{}") as { version?: string }).version;
  } catch {
    return undefined;
  }
}
