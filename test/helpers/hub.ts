import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { readHubState } from "../../host/data-dir.ts";
import { withOpenFiles } from "./open-files.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export interface HubOptions {
  dataDir: string;
  /** Any free port by default. Give the port of an earlier hub to come back where its clients look for it. */
  port?: number;
  env?: Record<string, string>;
  /** Starts by the README's command instead of the program behind it, which is half a second faster. */
  isThroughNpm?: boolean;
  /** As they stand behind `npm start --`. */
  args?: readonly string[];
  /** How many files its processes may have open, also if they ask for more. */
  openFiles?: number;
}

export interface RunningHub {
  url: string;
  port: number;
  key: string;
  /** Of the launcher, or of npm. */
  pid: number;
  /** Of workerd as of now: it changes with each restart. */
  readonly workerdPid: number;
  /** Everything the hub printed so far. */
  readonly output: string;
  /** Kills workerd, and resolves when it is gone. The launcher starts it again by itself: see `crash`. */
  kill9(): Promise<void>;
  /** Kills workerd, and resolves when the launcher has another one healthy. */
  crash(): Promise<void>;
  /** Reads nothing more of what it prints: its pipes are closed. */
  closeOutput(): void;
  /** Asks the launcher to stop, and resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a real hub on the loopback address and resolves when it is healthy. Stop it before the data folder goes. */
export async function startHub(options: HubOptions): Promise<RunningHub> {
  const program = launch(options);
  const isRunning = await Promise.race([
    program.untilLine(/ is running$/).then(() => true),
    program.ended.then(() => false),
  ]);
  const state = readHubState(options.dataDir);
  if (!isRunning || state === undefined) throw new Error(`the hub did not start:\n${program.output()}`);
  const workerdPid = () => readHubState(options.dataDir)?.workerdPid ?? 0;
  const keyPath = join(options.dataDir, "key");
  const kill9 = async () => {
    const pid = workerdPid();
    process.kill(pid, "SIGKILL");
    await untilGone(pid);
  };
  return {
    url: state.url,
    port: Number(new URL(state.url).port),
    key: existsSync(keyPath)
      ? readFileSync(keyPath, "utf8").trim()
      : (options.env?.CC2CC_HUB_API_KEY?.split(",")[0] ?? ""),
    pid: program.child.pid ?? 0,
    get workerdPid() {
      return workerdPid();
    },
    get output() {
      return program.output();
    },
    kill9,
    async crash() {
      const restarted = program.untilLine(/workerd runs again/);
      await kill9();
      await restarted;
    },
    closeOutput() {
      program.child.stdout?.destroy();
      program.child.stderr?.destroy();
    },
    async stop(signal = "SIGTERM") {
      program.child.kill(signal);
      return program.ended;
    },
  };
}

/** Runs a start that is expected to fail, to its end. */
export async function failToStart(options: HubOptions): Promise<{ code: number | null; stderr: string }> {
  const program = launch(options);
  const code = await program.ended;
  return { code, stderr: program.stderr() };
}

/** Whether a process still does anything: one that ended but was not yet collected by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    // It ended between the two looks.
    return false;
  }
  return !stat.slice(stat.lastIndexOf(")")).startsWith(") Z");
}

export async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}

function launch({ dataDir, port = 0, env = {}, isThroughNpm = false, openFiles, args = [] }: HubOptions) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("CC2CC_"));
  const program: [string, ...string[]] = isThroughNpm ? ["npm", "start"] : [process.execPath, "host/start.mjs"];
  const [command, ...words] = withOpenFiles(openFiles, ...program, ...args);
  const child = spawn(command, words, {
    cwd: ROOT,
    env: {
      ...Object.fromEntries(inherited),
      // A launcher that believes npm started it ends with its parent, so a test run that is cut short leaves none.
      npm_lifecycle_event: "start",
      CC2CC_BIND: "127.0.0.1",
      CC2CC_HUB_PORT: String(port),
      CC2CC_DASHBOARD_PORT: "",
      CC2CC_DATA_DIR: dataDir,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { child, ...watchOutput(child), ended: untilEnded(child) };
}

function watchOutput(child: ChildProcess) {
  const lines: string[] = [];
  const errors: string[] = [];
  const waiting = new Set<(line: string) => void>();
  const take = (line: string) => {
    lines.push(line);
    for (const look of waiting) look(line);
  };
  if (child.stdout) createInterface({ input: child.stdout }).on("line", take);
  if (child.stderr) {
    createInterface({ input: child.stderr }).on("line", (line) => {
      errors.push(line);
      take(line);
    });
  }
  return {
    output: () => lines.join("\n"),
    stderr: () => errors.join("\n"),
    /** The next line that matches, from now on. */
    untilLine: (pattern: RegExp) =>
      new Promise<string>((resolve) => {
        const look = (line: string) => {
          if (!pattern.test(line)) return;
          waiting.delete(look);
          resolve(line);
        };
        waiting.add(look);
      }),
  };
}

async function untilEnded(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, "close");
  return code as number | null;
}
