// Every hook of the plugin: passes the event to the session's server and prints what that answers. Whatever fails, the
// session goes on: no output, exit code 0.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, findServers, readInput, runFolder } from "./server-of.mjs";

const PATIENCE_MS = 3_000;
/** A tool's result can be megabytes; the server needs none of it. */
const FIELDS = ["hook_event_name", "session_id", "transcript_path", "source", "prompt", "tool_name", "agent_id"];

function pick(input) {
  const fields = FIELDS.flatMap((name) => (typeof input[name] === "string" ? [[name, input[name]]] : []));
  // Of a call, only to whom it goes and what it answers, which decide whether it needs its person; of an edit, its file.
  const { to, replyToMessageId, file_path, notebook_path } = input.tool_input ?? {};
  return { ...Object.fromEntries(fields), tool_input: { to, replyToMessageId, file_path, notebook_path } };
}

/** A session's start is told some tenths of a second before its server runs: it reads this then. */
function leaveNote({ session_id, transcript_path, source }) {
  if (!process.env.CLAUDE_PID) return;
  mkdirSync(runFolder(), { recursive: true, mode: 0o700 });
  const path = join(runFolder(), `start-${process.env.CLAUDE_PID}.json`);
  writeFileSync(path, JSON.stringify({ session_id, transcript_path, source }), { mode: 0o600 });
}

async function run() {
  const input = pick(await readInput());
  for (const server of findServers(input.session_id)) {
    const answer = await ask(server, { input });
    if (answer === undefined) continue;
    if (answer.line !== "null") await new Promise((resolve) => process.stdout.write(answer.line, resolve));
    await answer.finish();
    return;
  }
  if (input.hook_event_name === "SessionStart") leaveNote(input);
}

setTimeout(() => process.exit(0), PATIENCE_MS).unref();
run().then(
  () => process.exit(0),
  () => process.exit(0),
);
