import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last line it wrote to stderr, which tells why where the code does not. */
  lastLine: string | undefined;
}

export interface WorkerdProcess {
  pid: number;
  /** Settles when every socket listens: socket name to port. Never, if workerd ends before. */
  listening: Promise<Map<string, number>>;
  ended: Promise<Ending>;
  stop(): Promise<void>;
}

interface WorkerdOptions {
  binary: string;
  configPath: string;
  /** Where absolute paths of the configuration begin. */
  importPaths: string[];
  socketCount: number;
  env: Record<string, string>;
  onLine(line: string): void;
}

/** What workerd itself reads of our environment; everything else stays with the launcher. */
const INHERITED = [
  "PATH",
  "TZ",
  "TMPDIR",
  "SystemRoot",
  "TEMP",
  "LD_LIBRARY_PATH",
  "LD_PRELOAD",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];

/** Requests under way are answered within this; open WebSockets would keep a stopping workerd for ever. */
const STOP_GRACE_MS = 500;

const IS_POSIX = process.platform !== "win32";

export function startWorkerd({
  binary,
  configPath,
  importPaths,
  socketCount,
  env,
  onLine,
}: WorkerdOptions): WorkerdProcess {
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const args = ["serve", "--control-fd=3", ...importPaths.map((path) => `--import-path=${path}`), configPath];
  const child = spawn(binary, args, {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    // A process group of its own: Ctrl-C is then for the launcher alone, which stops workerd in order.
    detached: IS_POSIX,
  });
  const [, stdout, stderr, control] = child.stdio;
  createInterface({ input: stdout as Readable }).on("line", onLine);
  let lastLine: string | undefined;
  createInterface({ input: stderr as Readable }).on("line", (line) => {
    lastLine = line;
    onLine(line);
  });
  const guard = startGuard(child);
  const ended = once(child, "close").then(([code, signal]): Ending => {
    guard?.kill("SIGKILL");
    return { code, signal, lastLine };
  });
  return {
    pid: child.pid ?? 0,
    listening: readListening(control as Readable, socketCount),
    ended,
    stop: () => stopChild(child, ended),
  };
}

function readListening(control: Readable, socketCount: number): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  return new Promise((resolve) => {
    createInterface({ input: control }).on("line", (line) => {
      const message = JSON.parse(line) as { event: string; socket: string; port: number };
      if (message.event !== "listen") return;
      ports.set(message.socket, message.port);
      if (ports.size === socketCount) resolve(ports);
    });
  });
}

/**
 * Ends workerd when the launcher is gone without a chance to do so (SIGKILL, out of memory): the shell waits on a pipe
 * that the kernel closes with the launcher. Windows ends children of Node by itself. Killing is safe: what the hub
 * accepted is on disk.
 */
function startGuard(child: ChildProcess): ChildProcess | undefined {
  if (!IS_POSIX || child.pid === undefined) return undefined;
  const guard = spawn("/bin/sh", ["-c", 'read -r _; kill -9 "$1"', "cc2cc-guard", String(child.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // The guard is a safety net; a machine without it still runs the hub.
  guard.on("error", () => undefined);
  guard.unref();
  return guard;
}

async function stopChild(child: ChildProcess, ended: Promise<Ending>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
  await ended;
  clearTimeout(timer);
}
