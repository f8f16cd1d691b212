/**
 * Where programs of this session find its server: a loopback port, and a file only this user can read that names it.
 * Hooks ask here, and so do the status line and other servers that want to know whether this one lives.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isProcessAlive } from "../../../client/identity/claims.ts";
import type { HostName } from "../hosts/host.ts";
import { type HookAnswer, HookInput } from "./hook-events.ts";
import { Prompters } from "./prompters.ts";

export interface HookServerOptions {
  dataDir: string;
  /** The host's process, which hooks know as CLAUDE_PID. */
  parentPid: number;
  /** The host's name, for hooks that are told which host they are of. */
  agent?: string;
  /** Tells apart what one process has of these. */
  name?: string;
  session(): string;
  /** `over` is aborted when the hook does not wait any more. */
  answer?(input: HookInput, over: AbortSignal): Promise<HookAnswer>;
  /** The hook has ended: with what it was told printed, or not. */
  onEnd?(answer: HookAnswer, isPrinted: boolean): void;
  /** One line for a person. */
  status?(): string;
  /** A word of the person's command: what it did, in a sentence. */
  command?(words: string): Promise<string>;
  /** The part of us inside the host has come, which can begin turns. */
  onPrompter?(): void;
  /** A session of the host has come, which is to have a port of its own. */
  open?(session: string): Promise<void>;
}

/** What a program asks, beside its token: one of these. */
interface Question {
  token?: unknown;
  input?: unknown;
  status?: unknown;
  command?: unknown;
  ping?: unknown;
  open?: unknown;
  /** It is the part of us inside the host, and stays to be asked for prompts. */
  prompts?: unknown;
}

const TOKEN_BYTES = 24;

/** What a SessionStart hook left that ran before its server did. */
export interface StartNote {
  session_id?: string;
  transcript_path?: string;
  source?: string;
}

export class HookServer {
  readonly #options: HookServerOptions;
  readonly #token = randomBytes(TOKEN_BYTES).toString("base64url");
  readonly #path: string;
  readonly #server: Server;
  readonly prompters: Prompters;
  #port = 0;

  private constructor(options: HookServerOptions) {
    this.#options = options;
    this.prompters = new Prompters(() => options.onPrompter?.());
    const name = options.name === undefined ? "" : `-${options.name}`;
    this.#path = join(options.dataDir, "run", `${process.pid}${name}.json`);
    this.#server = createServer((socket) => void this.#serve(socket));
    // The session's life is the host's business, not that of this port.
    this.#server.unref();
  }

  static async start(options: HookServerOptions): Promise<HookServer> {
    const server = new HookServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(0, "127.0.0.1", resolve);
    });
    server.#port = (server.#server.address() as AddressInfo).port;
    removeStale(join(options.dataDir, "run"));
    server.announce();
    return server;
  }

  /** Where this server answers, and what it asks for: with these another process can tell that it lives. */
  get address(): { port: number; token: string } {
    return { port: this.#port, token: this.#token };
  }

  /** Writes where we are, and for which session; again when the session has changed. */
  announce(): void {
    const { dataDir, parentPid, agent, session } = this.#options;
    mkdirSync(join(dataDir, "run"), { recursive: true, mode: 0o700 });
    const facts = { parentPid, agent, session: session(), ...this.address };
    writeFileSync(this.#path, JSON.stringify(facts), { mode: 0o600 });
  }

  stop(): void {
    rmSync(this.#path, { force: true });
    this.#server.close();
  }

  /** One line with the token and the question; one line back; and `done` when a hook has printed it. */
  async #serve(socket: Socket): Promise<void> {
    socket.on("error", () => undefined);
    let answer: HookAnswer | undefined;
    let isPrinted = false;
    try {
      for await (const line of createInterface({ input: socket })) {
        if (this.prompters.take(socket, line)) continue;
        if (answer === undefined) {
          answer = await this.#answer(line, socket);
        } else if (line === "done") {
          isPrinted = true;
          break;
        }
      }
    } catch {
      // A hook that was cut off has printed nothing: what it was to show stays to be offered.
      socket.destroy();
    }
    if (answer !== undefined) this.#options.onEnd?.(answer, isPrinted);
  }

  async #answer(line: string, socket: Socket): Promise<HookAnswer | undefined> {
    const question = JSON.parse(line) as Question;
    const given = Buffer.from(String(question.token));
    const own = Buffer.from(this.#token);
    if (given.length !== own.length || !timingSafeEqual(given, own)) throw new Error("wrong token");
    if (question.input === undefined) {
      await this.#reply(question, socket);
      return undefined;
    }
    const over = new AbortController();
    socket.once("close", () => over.abort());
    const answer = await this.#options.answer?.(HookInput.parse(question.input), over.signal);
    socket.write(`${JSON.stringify(answer?.output ?? null)}\n`);
    return answer;
  }

  async #reply({ ping, status, command, open, prompts }: Question, socket: Socket): Promise<void> {
    if (ping !== undefined) socket.write("pong\n");
    else if (status !== undefined) socket.write(`${this.#options.status?.()}\n`);
    else if (command !== undefined) socket.write(`${JSON.stringify(await this.#options.command?.(String(command)))}\n`);
    else if (prompts !== undefined) this.prompters.add(socket);
    else if (open !== undefined) {
      await this.#options.open?.(String(open));
      socket.write("opened\n");
    }
  }
}

/** Takes what a SessionStart hook of this host has left; undefined where it found a server, or did not run. */
export function takeStartNote(dataDir: string, parentPid: number, agent: HostName): StartNote | undefined {
  // A hook of Claude Code is not told its name.
  const ending = agent === "claude-code" ? "" : `-${agent}`;
  const path = join(dataDir, "run", `start-${parentPid}${ending}.json`);
  try {
    const note = JSON.parse(readFileSync(path, "utf8")) as StartNote;
    rmSync(path, { force: true });
    return note;
  } catch {
    return undefined;
  }
}

/** The sessions of the other servers that this host runs, as they have announced them. */
export function siblingSessions(dataDir: string, parentPid: number): string[] {
  const folder = join(dataDir, "run");
  return namesIn(folder).flatMap((name) => {
    const isOther = /^\d+(-[\w-]+)?\.json$/.test(name) && Number.parseInt(name, 10) !== process.pid;
    const facts = isOther ? readFacts(join(folder, name)) : undefined;
    return facts?.parentPid === parentPid && facts.session !== undefined ? [facts.session] : [];
  });
}

function readFacts(path: string): { parentPid?: number; session?: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Files of servers that were killed, and notes that nobody took. */
function removeStale(folder: string): void {
  for (const name of namesIn(folder)) {
    if (!isProcessAlive(Number.parseInt(name.replace("start-", ""), 10))) rmSync(join(folder, name), { force: true });
  }
}
