/**
 * What it costs to have a hub: the time of `cc2cc start`, from the package, on a data folder that is there, and what it keeps in
 * memory. Beside it, in turns, what nobody gets below: Node's own start, and bare workerd with an empty worker.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assemblePackage } from "../host/package/package-folder.ts";
import { findWorkerd } from "../host/requirements.ts";
import { COMPATIBILITY_DATE } from "../host/workerd-config.ts";
import type { Figure } from "./figures.ts";
import { medianOf } from "./percentiles.ts";
import { residentMemoryOf } from "./process-stats.ts";

const ROOT = join(import.meta.dirname, "..");
const ROUNDS = 9;
const RETRY_MS = 3;
/** By then the launcher has collected what its start left behind. */
const IDLE_MS = 30_000;
/** The Node that people run the package with; that of this program unless one is named. */
const NODE = process.env.CC2CC_BENCH_NODE ?? process.execPath;
const START_RATIO_MAX = 1.5;
const LAUNCHER_MAX_MIB = 50;
const ALL_MAX_MIB = 115;

export async function measureStartUp(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "cc2cc-bench-start-"));
  try {
    const program = join(await assemblePackage(ROOT), "bin/cc2cc.mjs");
    const port = await findFreePort();
    const bareConfig = join(folder, "bare.capnp");
    writeFileSync(bareConfig, renderBare(port));
    const start = () => startHub(program, join(folder, "data"), port);
    // The first one makes the folder.
    await untilStopped((await timeUntilAnswer(port, start)).child);
    const times = { node: [] as number[], workerd: [] as number[], hub: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      times.node.push(await timeNode());
      const bare = await timeUntilAnswer(port, () =>
        spawn(findWorkerd(process.platform, process.arch), ["serve", bareConfig]),
      );
      times.workerd.push(bare.tookMs);
      await untilStopped(bare.child);
      const hub = await timeUntilAnswer(port, start);
      times.hub.push(hub.tookMs);
      await untilStopped(hub.child);
    }
    return [...timeFigures(times), ...(await measureIdle(start, port, join(folder, "data")))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function timeFigures(times: Record<"node" | "workerd" | "hub", number[]>): Figure[] {
  const [node, workerd, hub] = [medianOf(times.node), medianOf(times.workerd), medianOf(times.hub)];
  return [
    { name: "start of Node alone", value: node, unit: "ms" },
    { name: "start of workerd with an empty worker → answers", value: workerd, unit: "ms" },
    {
      name: "cc2cc start → healthy (beside it: the two above together)",
      value: hub,
      unit: "ms",
      echo: node + workerd,
      target: { of: "ratio", is: "at most", bound: START_RATIO_MAX },
    },
  ];
}

async function measureIdle(start: () => ChildProcess, port: number, dataDir: string): Promise<Figure[]> {
  const { child } = await timeUntilAnswer(port, start);
  await sleep(IDLE_MS);
  const { workerdPid } = JSON.parse(readFileSync(join(dataDir, "hub.json"), "utf8")) as { workerdPid: number };
  const launcher = residentMemoryOf(child.pid ?? 0);
  const workerd = residentMemoryOf(workerdPid);
  await untilStopped(child);
  const atMost = (bound: number) => ({ of: "value", is: "at most", bound }) as const;
  return [
    { name: "memory of the idle launcher", value: launcher, unit: "MiB", target: atMost(LAUNCHER_MAX_MIB) },
    {
      name: "memory of launcher and workerd, idle",
      value: launcher + workerd,
      unit: "MiB",
      target: atMost(ALL_MAX_MIB),
    },
  ];
}

function startHub(program: string, dataDir: string, port: number): ChildProcess {
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: dataDir,
    CC2CC_DATA_DIR: dataDir,
    CC2CC_BIND: "127.0.0.1",
    CC2CC_HUB_PORT: String(port),
    CC2CC_DASHBOARD_PORT: "",
  };
  return spawn(NODE, [program, "start"], { env, stdio: "ignore" });
}

async function timeNode(): Promise<number> {
  const startedAt = performance.now();
  await once(spawn(NODE, ["--eval", ""], { stdio: "ignore" }), "exit");
  return performance.now() - startedAt;
}

/** From before the program is started until it answers. */
async function timeUntilAnswer(
  port: number,
  start: () => ChildProcess,
): Promise<{ tookMs: number; child: ChildProcess }> {
  const startedAt = performance.now();
  const child = start();
  while (!(await doesAnswer(port))) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} before it answered`);
    await sleep(RETRY_MS);
  }
  return { tookMs: performance.now() - startedAt, child };
}

function doesAnswer(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: "127.0.0.1", port, path: "/health", agent: false }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode === 200));
    });
    asked.on("error", () => resolve(false));
  });
}

async function untilStopped(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function renderBare(port: number): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "bare", worker = .bare)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "bare")],
);
const bare :Workerd.Worker = (
  compatibilityDate = "${COMPATIBILITY_DATE}",
  modules = [(name = "worker.js", esModule = "export default { fetch() { return new Response('ok'); } }")],
);
`;
}
