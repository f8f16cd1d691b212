// What the parts of us that run inside a coding agent share: they find the server of a session, tell it what happens, and
// stay connected to be asked for prompts. Plain JavaScript, for whatever runs the agent. Nothing here ever throws.
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ask, runFolder } from "./server-of.mjs";

const TRIES = 40;
const TRY_MS = 250;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Servers that these processes have started; all of this user's where none are named. */
function serversOf(pids) {
  try {
    return readdirSync(runFolder()).flatMap((name) => {
      if (!/^\d/.test(name)) return [];
      const server = JSON.parse(readFileSync(join(runFolder(), name), "utf8"));
      return pids === undefined || pids.includes(server.parentPid) ? [server] : [];
    });
  } catch {
    // None has begun, or one has ended in this moment.
    return [];
  }
}

export class InsideHost {
  #pids;
  #prompt;
  #opened = new Map();

  /** `prompt(session, text)` begins a turn; it rejects where the host refuses. */
  constructor({ pids, prompt }) {
    this.#pids = pids;
    this.#prompt = prompt;
  }

  /** Makes a session known, once. Resolves with its server, or undefined where there is none. */
  open(session) {
    if (!this.#opened.has(session)) this.#opened.set(session, this.#open(session));
    return this.#opened.get(session);
  }

  async #open(session) {
    for (let tries = 0; tries < TRIES; tries++) {
      const servers = serversOf(this.#pids);
      // A server that was killed leaves its note, and the session that is resumed has the same id.
      for (const own of servers.filter((server) => server.session === session)) {
        if (await this.#listen(session, own)) return own;
      }
      const door = this.#pids && servers.find((server) => server.session === "");
      if (door !== undefined) await ask(door, { open: session });
      else await sleep(TRY_MS);
    }
    this.#opened.delete(session);
    return undefined;
  }

  /** Tells the server what happens; resolves with what it answers, or null. What it answers counts as shown. */
  async tell(session, event, more = {}) {
    const server = await this.open(session);
    if (server === undefined) return null;
    const answer = await ask(server, { input: { hook_event_name: event, session_id: session, ...more } });
    if (answer === undefined) {
      this.#opened.delete(session);
      return null;
    }
    await answer.finish();
    return JSON.parse(answer.line);
  }

  /** Whether the server is there; from then on it may ask for prompts. */
  async #listen(session, server) {
    const socket = connect(server.port, "127.0.0.1");
    const isThere = new Promise((resolve) => {
      socket.on("connect", () => resolve(true));
      socket.on("error", () => resolve(false));
    });
    if (!(await isThere)) return false;
    socket.on("close", () => this.#opened.delete(session));
    socket.write(`${JSON.stringify({ token: server.token, prompts: true })}\n`);
    const lines = createInterface({ input: socket });
    lines.on("error", () => undefined);
    lines.on("line", async (line) => {
      if (!line.startsWith("{")) return;
      try {
        await this.#prompt(session, JSON.parse(line).prompt);
        socket.write("taken\n");
      } catch (error) {
        socket.write(`${String(error?.message ?? error).replaceAll("\n", " ")}\n`);
      }
    });
    return true;
  }
}
