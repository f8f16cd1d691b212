import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { StartProblem } from "./start-problem.ts";

/** Asks before workerd does, because workerd's own message names neither the setting nor the holder. */
export async function checkPort(setting: string, address: string, port: number): Promise<void> {
  if (port === 0) return;
  const code = await tryListen(address, port);
  if (code === undefined) return;
  if (code === "EADDRINUSE") {
    const holder = (await describeHub(address, port)) ?? findPortOwner(port) ?? "another program";
    throw new StartProblem(`port ${port} is taken by ${holder}: stop it, or set ${setting} to another port.`);
  }
  if (code === "EACCES") throw new StartProblem(`port ${port} needs more rights: set ${setting} to 1024 or higher.`);
  if (code === "EADDRNOTAVAIL")
    throw new StartProblem(
      `this machine does not have the address ${address}: set CC2CC_BIND to one that it has, or unset it.`,
    );
  throw new StartProblem(`cannot listen on ${address} port ${port} (${code}).`);
}

function tryListen(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? String(error)));
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function describeHub(address: string, port: number): Promise<string | undefined> {
  const answers = await Promise.all([
    askVersion(localUrl(address, port)),
    askVersion(localUrl(address, port, "https")),
  ]);
  try {
    const answer = answers.find((answer) => answer !== undefined) ?? "";
    const { version, protocol } = JSON.parse(answer) as { version?: unknown; protocol?: unknown };
    if (typeof version !== "string" || typeof protocol !== "number") return undefined;
    const owner = findPortOwner(port);
    return `a cc2cc hub that is already running (version ${version}${owner ? `, ${owner}` : ""})`;
  } catch {
    return undefined;
  }
}

/** Whoever it is, nothing is told: so any certificate will do. Undefined where nothing is said. */
async function askVersion(url: string): Promise<string | undefined> {
  const { request } = await (url.startsWith("https") ? import("node:https") : import("node:http"));
  try {
    const options = { signal: AbortSignal.timeout(1_000), rejectUnauthorized: false, agent: false };
    const asked = request(`${url}/version`, options).end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return await text(response);
  } catch {
    return undefined;
  }
}

/** Where this machine reaches a socket bound to `address`. */
export function localUrl(address: string, port: number, scheme: "http" | "https" = "http"): string {
  const host =
    address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "[::1]" : address.includes(":") ? `[${address}]` : address;
  return `${scheme}://${host}:${port}`;
}

/** Name and pid of the process that listens on the port. Linux only, and only for processes that we may look into. */
function findPortOwner(port: number): string | undefined {
  if (process.platform !== "linux") return undefined;
  const inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => findListeningInodes(readText(path), port));
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (listSockets(pid).some((inode) => inodes.includes(inode))) {
      return `${readText(`/proc/${pid}/comm`).trim()}, pid ${pid}`;
    }
  }
  return undefined;
}

/** Reads the kernel's table: `sl local_address rem_address st … inode`, with the port in hexadecimal and 0A = LISTEN. */
export function findListeningInodes(table: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(`:${hexPort}`) && columns[3] === "0A")
    .flatMap((columns) => columns[9] ?? []);
}

function listSockets(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
