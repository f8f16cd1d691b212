// Every hook of the plugin: passes the event to the session's server and prints what that answers. Plain JavaScript with
// nothing to load, because it runs at every tool call. Whatever fails, the session goes on: no output, exit code 0.
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PATIENCE_MS = 3_000;
/** A tool's result can be megabytes; the server needs none of it. */
const FIELDS = ["hook_event_name", "session_id", "transcript_path", "prompt", "agent_id"];

function readInput() {
  const input = JSON.parse(readFileSync(0, "utf8"));
  return Object.fromEntries(FIELDS.flatMap((name) => (typeof input[name] === "string" ? [[name, input[name]]] : [])));
}

/** Servers of this session: by Claude's own process where the host names it, else by session id. */
function findServers(session) {
  const dataDir = process.env.CLAUDE_PLUGIN_DATA || join(homedir(), ".cc2cc", "plugin");
  const folder = join(dataDir, "run");
  const servers = readdirSync(folder).flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(folder, name), "utf8"))];
    } catch {
      return [];
    }
  });
  const ofProcess = servers.filter((server) => String(server.parentPid) === process.env.CLAUDE_PID);
  return ofProcess.length > 0 ? ofProcess : servers.filter((server) => server.session === session);
}

/** Resolves with whether the server answered. */
function ask(server, input) {
  return new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => resolve(false));
    socket.on("connect", () => socket.write(`${JSON.stringify({ token: server.token, input })}\n`));
    createInterface({ input: socket })
      .on("line", (line) => {
        const finish = () => socket.end("done\n", () => resolve(true));
        if (line === "null") finish();
        else process.stdout.write(line, finish);
      })
      .on("close", () => resolve(false))
      .on("error", () => resolve(false));
  });
}

async function run() {
  const input = readInput();
  for (const server of findServers(input.session_id)) if (await ask(server, input)) return;
}

setTimeout(() => process.exit(0), PATIENCE_MS).unref();
run().then(
  () => process.exit(0),
  () => process.exit(0),
);
