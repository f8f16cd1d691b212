/** The command line as it is installed: built, in a home of its own, with everything it prints. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { buildIfStale, CLI_BUNDLE } from "../../host/bundles.ts";
import { makeTempDir } from "./temp-dir.ts";
import { Conditions } from "./until.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PROGRAM = join(ROOT, CLI_BUNDLE.outDir, CLI_BUNDLE.entry);
const PATIENCE_MS = 30_000;

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** One user of the command line. */
export class CliUser {
  readonly home = makeTempDir();
  readonly env: Record<string, string>;

  private constructor(env: Record<string, string>) {
    const { PATH = "", NODE_EXTRA_CA_CERTS: _, ...others } = process.env;
    const kept = Object.entries(others).filter(([name]) => /^(LANG|TMPDIR|SystemRoot)$/.test(name));
    const names = { USER: "ada", HOSTNAME: "desk" };
    this.env = { ...(Object.fromEntries(kept) as Record<string, string>), PATH, HOME: this.home, ...names, ...env };
  }

  /** `hub` is the one that the environment names. */
  static async make(hub?: { url: string; key: string }, env: Record<string, string> = {}): Promise<CliUser> {
    await buildCli();
    return new CliUser({ ...(hub === undefined ? {} : { CC2CC_HUB_URL: hub.url, CC2CC_API_KEY: hub.key }), ...env });
  }

  /** Words for a shell that run the command line. */
  get command(): string {
    return [process.execPath, ...argumentsOf([])].map((word) => `'${word}'`).join(" ");
  }

  /** Runs a command to its end; `input` is its standard input, which is no terminal. */
  async run(
    args: string[],
    { input = "", env = {} }: { input?: string; env?: Record<string, string> } = {},
  ): Promise<Ended> {
    const program = new CliProgram(process.execPath, argumentsOf(args), { ...this.env, ...env });
    program.child.stdin?.end(input);
    return program.ended;
  }

  /** The JSON that a command prints with `--json`. */
  async read<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run([...args, "--json"]);
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  start(args: string[], env: Record<string, string> = {}): CliProgram {
    return new CliProgram(process.execPath, argumentsOf(args), { ...this.env, ...env });
  }

  /** Runs a line in bash, where `cc2cc` is the command line. */
  shell(line: string): CliProgram {
    return new CliProgram("bash", ["-c", `cc2cc() { ${this.command} "$@"; }\n${line}`], this.env);
  }
}

/** The command line as `node` runs it, once it is built. */
export async function buildCli(): Promise<void> {
  await buildIfStale(ROOT, CLI_BUNDLE);
}

export const argumentsOf = (args: string[]) => [
  "--input-type=module",
  "--eval",
  `(await import(${JSON.stringify(PROGRAM)})).main(process.argv.slice(1))`,
  "--",
  ...args,
];

/** A program that runs. */
export class CliProgram {
  stdout = "";
  stderr = "";
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #conditions = new Conditions();

  constructor(program: string, args: string[], env: Record<string, string>) {
    this.child = spawn(program, args, { env });
    onTestFinished(() => void this.child.kill("SIGKILL"));
    this.child.stdin?.on("error", () => undefined);
    this.child.stdout?.on("data", (chunk: Buffer) => this.#add({ stdout: chunk.toString() }));
    this.child.stderr?.on("data", (chunk: Buffer) => this.#add({ stderr: chunk.toString() }));
    this.ended = once(this.child, "close").then(([code]) => {
      const { stdout, stderr } = this;
      return { code: code as number | null, stdout, stderr };
    });
  }

  untilPrinted(text: string | RegExp): Promise<void> {
    const isThere = () =>
      typeof text === "string" ? `${this.stdout}${this.stderr}`.includes(text) : text.test(this.stdout + this.stderr);
    return this.#conditions.until(isThere, () => `${text} in: ${this.stdout}${this.stderr}`, PATIENCE_MS);
  }

  #add({ stdout = "", stderr = "" }): void {
    this.stdout += stdout;
    this.stderr += stderr;
    this.#conditions.changed();
  }
}
