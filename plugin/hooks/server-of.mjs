// How the small programs of the plugin (hooks, status line) reach the server of their session. Plain JavaScript with
// nothing to load, because a hook runs at every tool call.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const GENERATIONS = 4;

/** Where servers say which port they answer on; readable to this user only. */
export function runFolder() {
  return join(process.env.CLAUDE_PLUGIN_DATA || join(homedir(), ".cc2cc", "plugin"), "run");
}

/**
 * Servers of this session. Claude Code names its own process to hooks; of another agent, whose name a hook is given, it is
 * the session or one of the processes that the hook descends from.
 */
export function findServers(session, folder = runFolder(), agent = undefined) {
  const servers = readServers(folder);
  const ofSession = servers.filter((server) => server.session === session);
  if (agent === undefined) {
    const ofProcess = servers.filter((server) => String(server.parentPid) === process.env.CLAUDE_PID);
    return ofProcess.length > 0 ? ofProcess : ofSession;
  }
  const own = ofSession.filter((server) => server.agent === agent);
  if (own.length > 0) return own;
  const pids = ancestors();
  return servers.filter((server) => server.agent === agent && pids.includes(server.parentPid));
}

function readServers(folder) {
  try {
    return readdirSync(folder).flatMap((name) => {
      try {
        return name.startsWith("start-") ? [] : [JSON.parse(readFileSync(join(folder, name), "utf8"))];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** The processes that have started this one, the nearest first: a shell may stand between a hook and its host. */
export function ancestors() {
  const pids = [process.ppid];
  while (pids.length < GENERATIONS) {
    try {
      pids.push(Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pids.at(-1))], { encoding: "utf8" })));
    } catch {
      break;
    }
  }
  return pids;
}

/** Asks a server one thing; resolves with its line, or undefined. `finish` says that the line was used. */
export function ask(server, question) {
  return new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.1");
    const finish = () => new Promise((done) => socket.end("done\n", done));
    socket.on("error", () => resolve(undefined));
    socket.on("connect", () => socket.write(`${JSON.stringify({ token: server.token, ...question })}\n`));
    createInterface({ input: socket })
      .on("line", (line) => resolve({ line, finish }))
      .on("close", () => resolve(undefined))
      .on("error", () => resolve(undefined));
  });
}

/** Reads standard input to its end, also where it does not block: a synchronous read gives up there. */
export async function readInput() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
