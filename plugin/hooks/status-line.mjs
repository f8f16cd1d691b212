// A status line for Claude Code: `cc2cc ● ada@laptop:api · 2 waiting`. `/cc2cc statusline` copies this file into the
// plugin's data folder and prints the setting. It prints nothing where this session has no server.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ask, findServers, readInput, runFolder } from "./server-of.mjs";

const PATIENCE_MS = 1_000;

/** Claude Code tells a status line nothing of plugins, but this file lies in the data folder of ours. */
const OWN_FOLDER = join(dirname(fileURLToPath(import.meta.url)), "run");

async function run() {
  const { session_id: session } = await readInput();
  const [server] = [OWN_FOLDER, runFolder()].flatMap((folder) => findServers(session, folder));
  const answer = server === undefined ? undefined : await ask(server, { status: true });
  if (answer !== undefined) console.log(answer.line);
}

setTimeout(() => process.exit(0), PATIENCE_MS).unref();
run().then(
  () => process.exit(0),
  () => process.exit(0),
);
