/** The program that a coding agent starts: one process a session, MCP on stdin and stdout, its log on stderr. */
import { webcrypto } from "node:crypto";
import { setDefaultAutoSelectFamily } from "node:net";
import { readJoinedHub } from "../../client/joined-hub.ts";
import { findHost } from "./hosts/find-host.ts";
import { PluginServer } from "./mcp-server.ts";
import { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { readSettings, readValue } from "./settings.ts";

/** Put in by the build, from package.json. */
declare const CC2CC_VERSION: string;

const PARENT_CHECK_MS = 2_000;
/** The goodbye to the hub is one frame; a hub that does not take it must not hold the host's exit. */
const GOODBYE_MS = 300;

// Node 18 has it, but not under this name.
globalThis.crypto ??= webcrypto as typeof globalThis.crypto;

// Before Node 20 a name with several addresses is tried by its first only: `localhost` may be ::1 alone then.
setDefaultAutoSelectFamily?.(true);
// A host that has closed our log loses the log, not the session.
process.stderr.on("error", () => undefined);

const log = (line: string) => process.stderr.write(`cc2cc: ${line}\n`);
const host = findHost({
  read: (name) => readValue(process.env[name]),
  cwd: process.cwd(),
  parentPid: process.ppid,
  platform: process.platform,
});
const server = new PluginServer(CC2CC_VERSION, host);
// Claude Code has settings of its own for these.
const joined = host.name === "claude-code" ? undefined : readJoinedHub();
const settings = readSettings(process.env, process.cwd(), host.settingWords, joined);
const sessions = new Sessions({
  host,
  make: (ofSession) => {
    const session: Session = new Session({
      host: ofSession,
      settings,
      pushToChannel: (push) => server.pushToChannel(push, session.writer),
      log,
    });
    return session;
  },
});
for (const problem of settings.problems) log(problem);
endWithHost();
await sessions.begin(settings.dataDir);
await server.serve(host, sessions);

/** A server that outlives its session would keep a dead instance online. */
function endWithHost(): void {
  let isEnding = false;
  const end = () => {
    if (isEnding) return;
    isEnding = true;
    sessions.end();
    setTimeout(() => process.exit(0), GOODBYE_MS);
  };
  process.stdin.on("end", end).on("close", end);
  // A host that is gone leaves pipes that break.
  process.stdout.on("error", end);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && end(), PARENT_CHECK_MS).unref();
}
