/** The two bare hubs, which share their little protocol (`floor/links-worker.js` describes it). */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { findWorkerd } from "../../host/requirements.ts";
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS } from "../../host/workerd-config.ts";
import { startWorkerd, type WorkerdProcess } from "../../host/workerd-process.ts";
import { KEY_LENGTH, type Listener, type Peer, type System } from "./system.ts";

const FLOOR = join(import.meta.dirname, "..", "floor");
const TEXT = "x".repeat(200 - KEY_LENGTH);

async function connectTo(port: number, n: number, listener: Listener): Promise<Peer> {
  const id = String(n).padStart(3, "0");
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?id=${id}`, { perMessageDeflate: false });
  socket.on("message", (data) => read(String(data), socket, listener));
  await once(socket, "open");
  // A hub that is killed resets its connections.
  socket.on("error", () => undefined);
  return {
    send: (to, key) => socket.send(`S${String(to).padStart(3, "0")}${key}${TEXT}`),
    // Here everybody has.
    join: async () => undefined,
    publish: (key, isDurable) => socket.send(`${isDurable ? "P" : "L"}${key}${TEXT}`),
    async close() {
      socket.close();
      await once(socket, "close");
    },
  };
}

function read(text: string, socket: WebSocket, listener: Listener): void {
  const keys: string[] = [];
  let acks = "";
  for (const line of text.split("\n")) {
    if (line[0] === "K") listener.onAccepted?.(Number(line.slice(1)));
    else if (line[0] === "L") keys.push(line.slice(1, 1 + KEY_LENGTH));
    else {
      const space = line.indexOf(" ");
      acks += `${acks === "" ? "A" : ","}${line.slice(0, space)}`;
      const from = space + (line[space + 1] === "S" ? 5 : 2);
      keys.push(line.slice(from, from + KEY_LENGTH));
    }
  }
  if (acks !== "") socket.send(acks);
  if (keys.length > 0) listener.onDelivered?.(keys);
}

/** workerd with mailboxes in a worker of their own, whose storage is in memory, as the hub has them. */
export async function startLinksHub(): Promise<System> {
  const folder = mkdtempSync(join(tmpdir(), "cc2cc-bench-links-"));
  mkdirSync(join(folder, "storage"));
  const configPath = join(folder, "links.capnp");
  writeFileSync(configPath, configOf(join(folder, "storage")));
  let workerd: WorkerdProcess;
  let port = 0;
  const start = async () => {
    workerd = startWorkerd({
      binary: findWorkerd(process.platform, process.arch),
      configPath,
      importPaths: [],
      socketCount: 1,
      env: {},
      onLine: () => undefined,
    });
    const ended = workerd.ended.then(({ lastLine }): never => {
      throw new Error(`the bare hub's workerd ended: ${lastLine}`);
    });
    ended.catch(() => undefined);
    port = (await Promise.race([workerd.listening, ended])).get("hub") as number;
    await (await fetch(`http://127.0.0.1:${port}/rows`)).text();
  };
  await start();
  return {
    name: "links",
    get pid() {
      return workerd.pid;
    },
    get livezUrl() {
      return `http://127.0.0.1:${port}/livez`;
    },
    connect: (n, listener = {}) => connectTo(port, n, listener),
    async killAndStart() {
      process.kill(workerd.pid, "SIGKILL");
      await workerd.ended;
      const startedAt = performance.now();
      await start();
      return { readyMs: performance.now() - startedAt, launcherMs: 0 };
    },
    async stop() {
      await workerd.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configOf(storageDir: string): string {
  const source = JSON.stringify(readFileSync(join(FLOOR, "links-worker.js"), "utf8")).replace(/[^\x20-\x7e]/g, "?");
  const worker = (bindings: string, namespaces: string, storage: string) => `(
  compatibilityDate = ${JSON.stringify(COMPATIBILITY_DATE)},
  compatibilityFlags = ${JSON.stringify(COMPATIBILITY_FLAGS)},
  bindings = [${bindings}],
  durableObjectNamespaces = [${namespaces}],
  durableObjectStorage = (${storage}),
  modules = [(name = "worker.js", esModule = ${source})],
)`;
  const elsewhere = (name: string, className: string, service: string) =>
    `(name = "${name}", durableObjectNamespace = (className = "${className}", serviceName = "${service}"))`;
  const here = (name: string, className: string) => `(name = "${name}", durableObjectNamespace = "${className}")`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "hub", worker = .hub),
    (name = "mailboxes", worker = .mailboxes),
    (name = "storage", disk = (path = ${JSON.stringify(storageDir)}, writable = true)),
  ],
  sockets = [(name = "hub", address = "127.0.0.1:0", http = (), service = "hub")],
);
const hub :Workerd.Worker = ${worker(
    `${elsewhere("MAILBOX", "Mailbox", "mailboxes")}, ${here("EXCHANGE", "Exchange")}`,
    '(className = "Exchange", uniqueKey = "Exchange", enableSql = true)',
    'localDisk = "storage"',
  )};
const mailboxes :Workerd.Worker = ${worker(
    `${elsewhere("EXCHANGE", "Exchange", "hub")}, ${here("MAILBOX", "Mailbox")}`,
    '(className = "Mailbox", uniqueKey = "Mailbox")',
    "inMemory = void",
  )};
`;
}

/** One Node process with `ws` and a file: what no runtime stands in the way of. It keeps no queue for who is away. */
export async function startPlainHub(): Promise<System> {
  const folder = mkdtempSync(join(tmpdir(), "cc2cc-bench-plain-"));
  let child: ChildProcess;
  let port = 0;
  const start = async () => {
    child = fork(join(FLOOR, "plain-hub.mjs"), [folder]);
    [{ port }] = (await once(child, "message")) as [{ port: number }];
  };
  const stop = async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  await start();
  return {
    name: "plain",
    get pid() {
      return child.pid ?? 0;
    },
    get livezUrl() {
      return `http://127.0.0.1:${port}/`;
    },
    connect: (n, listener = {}) => connectTo(port, n, listener),
    async killAndStart() {
      await stop();
      const startedAt = performance.now();
      await start();
      await sleep(0);
      return { readyMs: performance.now() - startedAt, launcherMs: 0 };
    },
    async stop() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
