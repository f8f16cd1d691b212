/** The yardstick: a workerd with one bare Durable Object that hibernates and echoes frames. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findWorkerd } from "../host/requirements.ts";
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS } from "../host/workerd-config.ts";
import { startWorkerd } from "../host/workerd-process.ts";
import { openSocket } from "./client.ts";
import { type Percentiles, percentilesOf } from "./percentiles.ts";
import { cpuTimeOf } from "./process-stats.ts";
import { CONNECTIONS, CONTENT, OUTSTANDING, PING_PONGS, PING_PONGS_WARMUP } from "./workload.ts";

const WORKER = `
import { DurableObject } from "cloudflare:workers";
export class Echo extends DurableObject {
  fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }
  webSocketMessage(ws, text) {
    ws.send(text);
  }
}
export class FanOut extends Echo {
  webSocketMessage(_, text) {
    for (const ws of this.ctx.getWebSockets()) ws.send(text);
  }
}
export default {
  fetch(request, { ECHO, FAN_OUT }) {
    const isFanOut = new URL(request.url).pathname === "/fan-out";
    return (isFanOut ? FAN_OUT : ECHO).getByName("one").fetch(request);
  },
};
`;

// JSON's escapes of this plain ASCII text are those of Cap'n Proto too.
const config = (storageDir: string) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "echo", worker = .echo),
    (name = "storage", disk = (path = ${JSON.stringify(storageDir)}, writable = true)),
  ],
  sockets = [(name = "echo", address = "127.0.0.1:0", http = (), service = "echo")],
);
const echo :Workerd.Worker = (
  compatibilityDate = ${JSON.stringify(COMPATIBILITY_DATE)},
  compatibilityFlags = ${JSON.stringify(COMPATIBILITY_FLAGS)},
  bindings = [
    (name = "ECHO", durableObjectNamespace = "Echo"),
    (name = "FAN_OUT", durableObjectNamespace = "FanOut"),
  ],
  durableObjectNamespaces = [
    (className = "Echo", uniqueKey = "Echo", enableSql = true),
    (className = "FanOut", uniqueKey = "FanOut", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "storage"),
  modules = [(name = "worker.js", esModule = ${JSON.stringify(WORKER)})],
);
`;

/** The text that is echoed: as long as a message on its way to the hub. */
const FRAME = JSON.stringify({
  action: "send_message",
  requestId: "1",
  to: "user@host:project/session-01",
  type: "task",
  content: CONTENT,
  messageId: "01980000-0000-7000-8000-000000000000",
});

export interface EchoServer {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

export async function startEcho(): Promise<EchoServer> {
  const folder = mkdtempSync(join(tmpdir(), "cc2cc-bench-echo-"));
  mkdirSync(join(folder, "storage"));
  const configPath = join(folder, "echo.capnp");
  writeFileSync(configPath, config(join(folder, "storage")));
  const binary = findWorkerd(process.platform, process.arch);
  const workerd = startWorkerd({
    binary,
    configPath,
    importPaths: [],
    socketCount: 1,
    env: {},
    onLine: console.error,
  });
  const failed = workerd.ended.then(({ lastLine }): never => {
    throw new Error(`the echo's workerd ended: ${lastLine}`);
  });
  failed.catch(() => undefined);
  const ports = await Promise.race([workerd.listening, failed]);
  return {
    url: `ws://127.0.0.1:${ports.get("echo")}/`,
    pid: workerd.pid,
    async stop() {
      await workerd.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Round trips of one frame at a time on one idle connection, in ms. */
export async function measureEchoRoundTrip({ url }: EchoServer): Promise<Percentiles> {
  const socket = await openSocket(url);
  const times: number[] = [];
  for (let i = 0; i < PING_PONGS_WARMUP + PING_PONGS; i++) {
    const sentAt = performance.now();
    const echoed = new Promise((resolve) => socket.once("message", resolve));
    socket.send(FRAME);
    await echoed;
    if (i >= PING_PONGS_WARMUP) times.push(performance.now() - sentAt);
  }
  socket.close();
  return percentilesOf(times);
}

export interface EchoRate {
  /** Frames per second that came back, or out. */
  perSecond: number;
  /** CPU time of workerd for each, in µs. */
  cpuUs: number;
}

/** All connections at once, each with its number of frames outstanding. */
export async function measureEchoRate({ url, pid }: EchoServer, seconds: number): Promise<EchoRate> {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => openSocket(url)));
  let count = 0;
  const cpuBefore = cpuTimeOf(pid);
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve) => {
          let outstanding = OUTSTANDING;
          socket.on("message", () => {
            count++;
            if (performance.now() < endsAt) socket.send(FRAME);
            else if (--outstanding === 0) resolve();
          });
          for (let i = 0; i < OUTSTANDING; i++) socket.send(FRAME);
        }),
    ),
  );
  const tookS = (performance.now() - startedAt) / 1_000;
  const cpuUs = (cpuTimeOf(pid) - cpuBefore) / count;
  for (const socket of sockets) socket.close();
  return { perSecond: count / tookS, cpuUs };
}

/** Frames that one bare object writes to `count` sockets, one of them with frames outstanding. */
export async function measureBareFanOut({ url, pid }: EchoServer, count: number, seconds: number): Promise<EchoRate> {
  const sockets = await Promise.all(Array.from({ length: count }, () => openSocket(`${url}fan-out`)));
  const publisher = sockets[0] as (typeof sockets)[number];
  let written = 0;
  const cpuBefore = cpuTimeOf(pid);
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  await new Promise<void>((resolve) => {
    let outstanding = OUTSTANDING;
    for (const socket of sockets) socket.on("message", () => written++);
    publisher.on("message", () => {
      if (performance.now() < endsAt) publisher.send(FRAME);
      else if (--outstanding === 0) resolve();
    });
    for (let i = 0; i < OUTSTANDING; i++) publisher.send(FRAME);
  });
  const perSecond = written / ((performance.now() - startedAt) / 1_000);
  const cpuUs = (cpuTimeOf(pid) - cpuBefore) / written;
  for (const socket of sockets) socket.close();
  return { perSecond, cpuUs };
}
