/** A program in a terminal, by `script` of util-linux: every Debian has it, and nothing needs to be compiled. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { Conditions } from "../helpers/until.ts";
import { Screen, SIZE } from "./screen.ts";

const PATIENCE_MS = 30_000;
export const KEYS = { enter: "\r", escape: "\u001b" };

interface TerminalOptions {
  cwd: string;
  env: Record<string, string>;
  scratch: string;
  isAnswering?: boolean;
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

export class Terminal {
  readonly screen = new Screen();
  readonly #child: ChildProcess;
  readonly #pidFile: string;
  readonly #conditions = new Conditions();
  readonly ended: Promise<void>;
  isEnded = false;

  /** `isAnswering`: for programs that wait for what their terminal says of itself. */
  constructor(command: readonly string[], options: TerminalOptions) {
    this.#pidFile = join(options.scratch, `pid-${randomUUID()}`);
    const inner = `stty cols ${SIZE.columns} rows ${SIZE.rows}; echo $$ > ${quote(this.#pidFile)}; exec ${command.map(quote).join(" ")}`;
    this.#child = spawn("script", ["-qfec", inner, "/dev/null"], { ...options, stdio: ["pipe", "pipe", "ignore"] });
    const decoder = new StringDecoder("utf8");
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.screen.write(decoder.write(chunk));
      const answers = this.screen.takeAnswers();
      if (options.isAnswering === true && answers !== "") this.press(answers);
      this.#conditions.changed();
    });
    this.ended = once(this.#child, "close").then(() => {
      this.isEnded = true;
      this.#conditions.changed();
    });
  }

  /** Of the program itself, not of what holds its terminal. */
  get pid(): number {
    return Number(readFileSync(this.#pidFile, "utf8"));
  }

  press(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Resolves when the screen shows it, wherever lines break. */
  untilShows(text: string | RegExp, patienceMs = PATIENCE_MS): Promise<void> {
    return this.until((screen) => matches(screen.visible, text), String(text), patienceMs);
  }

  until(isTrue: (screen: Screen) => boolean, what: string, patienceMs = PATIENCE_MS): Promise<void> {
    return this.#conditions.until(
      () => isTrue(this.screen),
      () => `${what}; the screen:\n${this.screen.visible}`,
      patienceMs,
    );
  }

  /** The window is closed: the program gets SIGHUP. */
  async close(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    process.kill(this.pid, signal);
  }
}

function matches(screen: string, wanted: string | RegExp): boolean {
  if (typeof wanted !== "string") return wanted.test(screen);
  const squeeze = (text: string) => text.replace(/\s+/g, "");
  return squeeze(screen).includes(squeeze(wanted));
}
