/**
 * `npm run bench` measures the built hub against an echo through one bare Durable Object, as docs/performance.md explains.
 * `npm run bench -- drain memory` runs some parts only. Prints a table, writes JSON to bench/results/.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { buildIfStale, DASHBOARD_BUNDLE, MAILBOX_BUNDLE, WORKER_BUNDLE } from "../host/bundles.ts";
import { type RunningHub, startHub } from "../test/helpers/hub.ts";
import { measureDrain } from "./drain.ts";
import { startEcho } from "./echo.ts";
import { measureFanOut } from "./fan-out.ts";
import { type Figure, renderTable } from "./figures.ts";
import { measureHistory } from "./history.ts";
import { measureLatency } from "./latency.ts";
import { measureMemory } from "./memory.ts";
import { measurePage } from "./page.ts";
import type { Part } from "./part.ts";
import { measureStartUp } from "./start-up.ts";
import { measureStream } from "./stream.ts";
import { measureThroughput } from "./throughput.ts";

const PARTS: Readonly<Record<string, Part>> = {
  "start-up": measureStartUp,
  latency: measureLatency,
  throughput: measureThroughput,
  drain: measureDrain,
  memory: measureMemory,
  "fan-out": measureFanOut,
  stream: measureStream,
  history: measureHistory,
  page: measurePage,
};

const ROOT = join(import.meta.dirname, "..");
const RESULTS_DIR = join(import.meta.dirname, "results");
const WITHOUT_LIMITS = { CC2CC_RATE_FRAMES: "0", CC2CC_BROADCAST_INTERVAL_SECONDS: "0", CC2CC_LOOP_MESSAGES: "0" };

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) {
    console.error(`no part is called ${unknown.join(", ")}: there are ${Object.keys(PARTS).join(", ")}`);
    process.exitCode = 1;
    return;
  }
  for (const bundle of [WORKER_BUNDLE, MAILBOX_BUNDLE, DASHBOARD_BUNDLE]) await buildIfStale(ROOT, bundle);
  const echo = await startEcho();
  const figures: Figure[] = [];
  for (const name of names.length > 0 ? names : Object.keys(PARTS)) {
    console.error(`measuring ${name} …`);
    figures.push(...(await withFreshHubs((startFresh) => (PARTS[name] as Part)({ echo, startHub: startFresh }))));
  }
  await echo.stop();
  const machine = describeMachine();
  console.log(`${Object.values(machine).join(", ")}\n\n${renderTable(figures)}`);
  mkdirSync(RESULTS_DIR, { recursive: true });
  const path = join(RESULTS_DIR, `${machine.at.replaceAll(":", "-")}.json`);
  writeFileSync(path, `${JSON.stringify({ machine, figures }, undefined, 2)}\n`);
  console.error(`\nwritten to ${path}`);
}

/** Every hub of a part has a folder of its own, gone with the part. */
async function withFreshHubs(run: (startFresh: () => Promise<RunningHub>) => Promise<Figure[]>): Promise<Figure[]> {
  const hubs: RunningHub[] = [];
  const folders: string[] = [];
  try {
    return await run(async () => {
      const dataDir = mkdtempSync(join(tmpdir(), "cc2cc-bench-hub-"));
      folders.push(dataDir);
      const hub = await startHub({ dataDir, env: WITHOUT_LIMITS });
      hubs.push(hub);
      return hub;
    });
  } finally {
    for (const hub of hubs) await hub.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

function describeMachine() {
  return {
    at: new Date().toISOString(),
    commit: execFileSync("git", ["describe", "--always", "--dirty"], { cwd: ROOT, encoding: "utf8" }).trim(),
    system: `${platform()} ${release()} ${arch()}`,
    cpu: `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: `Node ${process.versions.node}`,
  };
}

await main(process.argv.slice(2));
