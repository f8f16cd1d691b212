/** The container's tree, started by the container's program with nothing that the image does not have. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { APP_DIR } from "../../host/container/image-root.ts";
import { withOpenFiles } from "./open-files.ts";
import { makeTempDir } from "./temp-dir.ts";
import { Conditions } from "./until.ts";

/** What hub.sh calls, and the packages of it that every Debian has ("Essential"). */
export const TOOLS = {
  dash: ["sh"],
  coreutils: ["cat", "chmod", "date", "dirname", "id", "mkdir", "rm", "sleep"],
  grep: ["grep"],
  tar: ["tar"],
  "util-linux": ["flock"],
};

export interface ContainerOptions {
  /** What `buildImageRoot` laid out. */
  root: string;
  dataDir: string;
  env?: Record<string, string>;
  /** How many files its processes may have open, also if they ask for more. */
  openFiles?: number;
}

export class TestContainer {
  readonly url: string;
  readonly pid: number;
  output = "";
  readonly #options: ContainerOptions;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #conditions = new Conditions();

  private constructor(options: ContainerOptions, port: number) {
    this.#options = options;
    const env = environmentOf(options);
    this.url = `${env.CC2CC_TLS_CERT ? "https" : "http"}://127.0.0.1:${port}`;
    const settings = { CC2CC_BIND: "127.0.0.1", CC2CC_HUB_PORT: String(port), CC2CC_DASHBOARD_PORT: "" };
    const stdio = ["ignore", "pipe", "pipe"] as const;
    const [program, ...args] = withOpenFiles(options.openFiles, programOf(options));
    this.#child = spawn(program, args, { cwd: "/", env: { ...settings, ...env }, stdio: [...stdio] });
    this.pid = this.#child.pid ?? 0;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.#take(line));
    }
    this.#ended = once(this.#child, "exit").then(([code]) => {
      this.#conditions.changed();
      return code as number | null;
    });
  }

  /** Resolves when the hub has said that it runs, or has ended. Stopped with the test. */
  static async start(options: ContainerOptions): Promise<TestContainer> {
    const container = new TestContainer(options, await findFreePort());
    onTestFinished(async () => void (await container.stop()));
    const isOver = () => container.output.includes(" is running\n") || container.#child.exitCode !== null;
    await container.#conditions.until(isOver, () => `start of the container; it said:\n${container.output}`);
    return container;
  }

  /** What its programs find around them, as those of `docker compose exec` do. */
  get environment(): Record<string, string> {
    return environmentOf(this.#options);
  }

  get key(): string {
    return readFileSync(join(this.#options.dataDir, "key"), "utf8").trim();
  }

  /** Of workerd, which the program started. */
  get workerdPid(): number {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "utf8").trim().split(" ").map(Number);
    return children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("serve")) ?? 0;
  }

  /** What the image's HEALTHCHECK runs; true for healthy. */
  isHealthy(): boolean {
    return (
      spawnSync(programOf(this.#options), ["health"], { cwd: "/", env: environmentOf(this.#options) }).status === 0
    );
  }

  /** Resolves with the exit code. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.#child.kill(signal);
    return this.untilEnded();
  }

  untilEnded(): Promise<number | null> {
    return this.#ended;
  }

  #take(line: string): void {
    this.output += `${line}\n`;
    this.#conditions.changed();
  }
}

function programOf({ root }: ContainerOptions): string {
  return join(root, APP_DIR, "hub.sh");
}

/** Nothing of ours: neither variables, nor a Node, nor any program that a bare Debian lacks. */
function environmentOf({ dataDir, env }: ContainerOptions): Record<string, string> {
  const [bin, tmp] = [`${dataDir}.bin`, `${dataDir}.tmp`];
  if (mkdirSync(bin, { recursive: true }) !== undefined) {
    mkdirSync(tmp);
    for (const tool of Object.values(TOOLS).flat()) symlinkSync(findProgram(tool), join(bin, tool));
  }
  // A bare Debian has no CA certificates either, and workerd looks for some when it believes that it needs them.
  const none = { SSL_CERT_FILE: "/nowhere", SSL_CERT_DIR: "/nowhere" };
  return { PATH: bin, TMPDIR: tmp, ...none, CC2CC_DATA_DIR: dataDir, ...env };
}

function findProgram(name: string): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = folders
    .map((folder) => join(folder, name))
    .find((path) => spawnSync("test", ["-x", path]).status === 0);
  if (found === undefined) throw new Error(`this machine has no ${name}`);
  return found;
}

/** A container's port is known before it starts. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return address !== null && typeof address === "object" ? address.port : 0;
}

/** A data folder that is not there yet, as a volume of a first start. */
export function makeDataDir(): string {
  return join(makeTempDir(), "data");
}
