/** `npm run doctor`: looks at all that a hub needs, whether it runs or not. Exit code 1 where something fails. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import type { HubState } from "./data-dir.ts";
import { DATA_FORMAT } from "./data-format.ts";
import { checkDataFolder, checkFormat, checkKeys, findHub } from "./doctor/check-data.ts";
import { checkAnswer, checkCertificate, checkPorts, describeHub } from "./doctor/check-hub.ts";
import {
  checkClock,
  checkDisk,
  checkNode,
  checkPlatform,
  checkWorkerd,
  findNewestWrite,
  readFreeBytes,
} from "./doctor/check-machine.ts";
import { comparePlugins, findInstalledVersion, findServedVersion } from "./doctor/check-plugin.ts";
import { checkRoundTrip } from "./doctor/check-round-trip.ts";
import { type Finding, failWith, warn } from "./doctor/finding.ts";
import { readVersion } from "./installation.ts";
import { readKeys } from "./key-file.ts";
import { readGlibcVersion } from "./requirements.ts";
import { readSettings, type Settings } from "./settings.ts";
import { StartProblem } from "./start-problem.ts";

/** Looks at all that a hub needs. */
export async function examine(): Promise<Finding[]> {
  const { platform, arch } = process;
  const machine = [
    checkNode(process.versions.node),
    checkPlatform(platform, arch, readGlibcVersion()),
    checkWorkerd(platform, arch),
  ];
  let settings: Settings;
  try {
    settings = readSettings(process.env, homedir());
  } catch (error) {
    if (!(error instanceof StartProblem)) throw error;
    return [failWith("settings", error), ...machine];
  }
  const { dataDir } = settings;
  const hub = findHub(dataDir);
  const running = hub === "unknown" ? undefined : hub;
  return [
    describeHub(hub, dataDir),
    ...machine,
    checkClock(Date.now(), findNewestWrite(dataDir)),
    checkDisk(readFreeBytes(existingFolder(dataDir))),
    checkDataFolder(dataDir),
    checkFormat(dataDir, { format: DATA_FORMAT, hub: readVersion() }),
    checkKeys(settings),
    ...[checkCertificate(settings, Date.now()) ?? []].flat(),
    ...(await checkPorts(settings, running)),
    ...(running === undefined
      ? [comparePlugins(findInstalledVersion(homedir()), undefined)]
      : await examineHub(running, settings)),
  ];
}

async function examineHub({ url, fingerprint }: HubState, { keys, dataDir }: Settings): Promise<Finding[]> {
  const door = { url, fingerprint };
  const key = keys[0] ?? readKeys(dataDir)?.[0];
  return [
    await checkAnswer(door),
    key === undefined
      ? warn("round trip", "not tried: no key is known here", "set CC2CC_HUB_API_KEY as for the hub")
      : await checkRoundTrip(door, key),
    comparePlugins(findInstalledVersion(homedir()), await findServedVersion(door)),
  ];
}

/** The disk of a folder that is not there yet is that of the folder it will be made in. */
function existingFolder(path: string): string {
  return existsSync(path) ? path : existingFolder(dirname(path));
}

function print(findings: Finding[]): void {
  const width = Math.max(...findings.map(({ check }) => check.length));
  for (const { check, level, text, remedy } of findings) {
    console.log(`${level.padEnd(4)}  ${check.padEnd(width)}  ${text}`);
    if (remedy !== undefined) console.log(`${" ".repeat(8 + width)}→ ${remedy}`);
  }
}

/** Says what was found; the exit code is 1 where something fails. */
export async function report({ isJson }: { isJson: boolean }): Promise<void> {
  const findings = await examine();
  if (isJson) console.log(JSON.stringify(findings, null, 2));
  else print(findings);
  if (findings.some(({ level }) => level === "fail")) process.exitCode = 1;
}

async function main([option, ...others]: string[]): Promise<void> {
  if (others.length === 0 && (option === undefined || option === "--json"))
    await report({ isJson: option === "--json" });
  else {
    console.error("npm run doctor [-- --json]: looks at all that a hub needs, with the settings of `npm start`");
    process.exitCode = option === "--help" ? 0 : 1;
  }
}

if (import.meta.main) await main(process.argv.slice(2));
