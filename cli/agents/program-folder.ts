/**
 * What agents run: the plugin's server and the small programs beside it, as the hub hands them out. They lie in a folder of
 * this user's, so that neither a clone nor the package has to stay where it is.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { CliProblem, ExitCode } from "../problem.ts";

const TIMEOUT_MS = 30_000;
/** Says which pack lies there. */
const STAMP = "pack.json";
const PREFIX = "plugin/";

interface Latest {
  /** Its path on the hub. */
  pack: string;
  sha256: string;
}

export function programFolder(home: string): string {
  return join(home, ".cc2cc", "agents");
}

/** Whether what lies there is what this hub hands out; undefined where nothing does. */
export async function isProgramCurrent(hubUrl: string, folder: string): Promise<boolean | undefined> {
  const stamp = join(folder, STAMP);
  if (!existsSync(stamp)) return undefined;
  const { sha256 } = JSON.parse(readFileSync(stamp, "utf8")) as Partial<Latest>;
  return sha256 === (await fetchLatest(hubUrl)).sha256;
}

/** Fetches it from the hub, checks it against the hash that the hub announces, and puts it in the place of what was there. */
export async function installProgram(hubUrl: string, folder: string): Promise<void> {
  const latest = await fetchLatest(hubUrl);
  const pack = await fetchText(hubUrl, latest.pack);
  if (createHash("sha256").update(pack).digest("hex") !== latest.sha256)
    throw new CliProblem(ExitCode.failed, `${latest.pack} is not what the hub announced: try again.`);
  const fresh = `${folder}.${process.pid}`;
  for (const [name, text] of Object.entries(JSON.parse(pack) as Record<string, string>)) {
    if (name.startsWith(PREFIX)) write(fresh, name.slice(PREFIX.length), text);
  }
  write(fresh, STAMP, JSON.stringify(latest));
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

function write(folder: string, name: string, text: string): void {
  const path = normalize(join(folder, name));
  if (!path.startsWith(folder + sep))
    throw new CliProblem(ExitCode.failed, `the hub's pack names ${name}, outside its folder.`);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
}

async function fetchLatest(hubUrl: string): Promise<Latest> {
  return JSON.parse(await fetchText(hubUrl, "plugin/latest.json")) as Latest;
}

async function fetchText(hubUrl: string, path: string): Promise<string> {
  const response = await fetch(`${hubUrl}/${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new CliProblem(ExitCode.failed, `the hub at ${hubUrl} has no ${path} (${response.status}).`);
  return response.text();
}
