/** Where hook processes of this session find its server: a loopback port, and a file only this user can read that names it. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { HookAnswer, HookInput } from "./hook-answer.ts";
import { HookInput as HookInputSchema } from "./hook-answer.ts";
import { isProcessAlive } from "./identity.ts";

export interface HookServerOptions {
  dataDir: string;
  /** Claude Code's process, which hooks know as CLAUDE_PID. */
  parentPid: number;
  session(): string;
  answer(input: HookInput): HookAnswer;
  /** The hook has ended: with what it was told printed, or not. */
  onEnd(answer: HookAnswer, isPrinted: boolean): void;
}

const TOKEN_BYTES = 24;

export class HookServer {
  readonly #options: HookServerOptions;
  readonly #token = randomBytes(TOKEN_BYTES).toString("base64url");
  readonly #path: string;
  readonly #server: Server;
  #port = 0;

  private constructor(options: HookServerOptions) {
    this.#options = options;
    this.#path = join(options.dataDir, "run", `${process.pid}.json`);
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

  /** Writes where we are, and for which session; again when the session has changed. */
  announce(): void {
    const { dataDir, parentPid, session } = this.#options;
    mkdirSync(join(dataDir, "run"), { recursive: true, mode: 0o700 });
    const facts = { parentPid, session: session(), port: this.#port, token: this.#token };
    writeFileSync(this.#path, JSON.stringify(facts), { mode: 0o600 });
  }

  stop(): void {
    rmSync(this.#path, { force: true });
    this.#server.close();
  }

  /** One line with the token and the input; one line back; and `done` when the hook has printed it. */
  async #serve(socket: Socket): Promise<void> {
    socket.on("error", () => undefined);
    let answer: HookAnswer | undefined;
    let isPrinted = false;
    try {
      for await (const line of createInterface({ input: socket })) {
        if (answer === undefined) {
          answer = this.#answer(line);
          socket.write(`${JSON.stringify(answer.output)}\n`);
        } else if (line === "done") {
          isPrinted = true;
          break;
        }
      }
    } catch {
      // A hook that was cut off has printed nothing: what it was to show stays to be offered.
      socket.destroy();
    }
    if (answer !== undefined) this.#options.onEnd(answer, isPrinted);
  }

  #answer(line: string): HookAnswer {
    const { token, input } = JSON.parse(line) as { token?: unknown; input?: unknown };
    const given = Buffer.from(String(token));
    const own = Buffer.from(this.#token);
    if (given.length !== own.length || !timingSafeEqual(given, own)) throw new Error("wrong token");
    return this.#options.answer(HookInputSchema.parse(input));
  }
}

/** Files of servers that were killed. */
function removeStale(folder: string): void {
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) {
    if (!isProcessAlive(Number.parseInt(name, 10))) rmSync(join(folder, name), { force: true });
  }
}
