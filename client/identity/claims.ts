/**
 * Which process has which id. All sessions of a user share one secret, so the hub would let a second process with the
 * same session id (after `/resume`) push the first one out; a claim in the data folder keeps them apart. A claim names
 * the port on which its process answers: the system takes that away when the process dies, while its number may by then
 * be another's.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { instanceIdOf, type Names, suffixedSession } from "./identity.ts";

/** On loopback a process that lives answers at once, or is stopped and holds its session all the same. */
const ANSWER_MS = 1_000;
const ATTEMPTS = 3;

export interface Holder {
  port: number;
  token: string;
}

export class Claims {
  readonly #folder: string;
  readonly #self: Holder;
  readonly #isAlive: (holder: Holder) => Promise<boolean>;
  readonly #held = new Set<string>();

  /** `self` is where this process answers, by which others see that it lives. */
  constructor(dataDir: string, self: Holder, isAlive: (holder: Holder) => Promise<boolean> = doesAnswer) {
    this.#folder = join(dataDir, "claims");
    this.#self = self;
    this.#isAlive = isAlive;
  }

  /** Returns the session as claimed: itself, or with a suffix when a living process has it. */
  async take(names: Names, session: string): Promise<string> {
    if (await this.claim(instanceIdOf(names, session))) return session;
    const free = suffixedSession(session);
    await this.claim(instanceIdOf(names, free));
    return free;
  }

  /** Claims an id; false while another living process has it. Where nothing can be written, nobody else can claim either. */
  async claim(instanceId: string): Promise<boolean> {
    const path = join(this.#folder, Buffer.from(instanceId).toString("base64url").slice(-200));
    if (this.#held.has(path)) return true;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const outcome = this.#write(path);
      if (outcome !== "taken") return true;
      const holder = readHolder(path);
      if (holder !== undefined && (await this.#isAlive(holder))) return false;
      this.#removeStale(path, holder);
    }
    return false;
  }

  release(instanceId: string): void {
    const path = join(this.#folder, Buffer.from(instanceId).toString("base64url").slice(-200));
    if (this.#held.delete(path)) rmSync(path, { force: true });
  }

  releaseAll(): void {
    for (const path of this.#held) rmSync(path, { force: true });
    this.#held.clear();
  }

  #write(path: string): "ours" | "taken" | "unwritable" {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(path, JSON.stringify(this.#self), { flag: "wx", mode: 0o600 });
      this.#held.add(path);
      return "ours";
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EEXIST" ? "taken" : "unwritable";
    }
  }

  /** Of several that find a dead holder at once, only one moves its file away, and never that of a new holder. */
  #removeStale(path: string, dead: Holder | undefined): void {
    const aside = `${path}.${process.pid}`;
    try {
      renameSync(path, aside);
    } catch {
      return;
    }
    const moved = readHolder(aside);
    if (moved?.token === dead?.token) rmSync(aside, { force: true });
    else renameSync(aside, path);
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    const { port, token } = JSON.parse(readFileSync(path, "utf8")) as Partial<Holder>;
    return typeof port === "number" && typeof token === "string" ? { port, token } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process that wrote a claim still answers: another program on its port does not know the token. */
export function doesAnswer({ port, token }: Holder): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (isAlive: boolean) => {
      socket.destroy();
      resolve(isAlive);
    };
    let isConnected = false;
    socket.setTimeout(ANSWER_MS, () => end(isConnected));
    socket.on("error", () => end(false));
    socket.on("close", () => end(false));
    socket.on("connect", () => {
      isConnected = true;
      socket.write(`${JSON.stringify({ token, ping: true })}\n`);
    });
    socket.on("data", (data) => end(data.toString().startsWith("pong")));
  });
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
