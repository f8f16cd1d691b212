// usage: node hook.mjs [AGENT], AGENT being the coding agent that runs it, where that is not Claude Code
// Every hook that is a command: passes the event to the session's server and prints what that answers. Whatever fails, the
// session goes on: no output, exit code 0.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ancestors, ask, findServers, readInput, runFolder } from "./server-of.mjs";

const PATIENCE_MS = 3_000;
/** A person may take their time: the dialog of the host stands meanwhile. Shorter than the time that hooks.json gives it. */
const APPROVAL_PATIENCE_MS = 3_590_000;
/** A tool's result can be megabytes; the server needs none of it. */
const FIELDS = ["hook_event_name", "session_id", "transcript_path", "source", "prompt", "tool_name", "agent_id"];
/** What tells of a call whose permission may have been asked for. */
const CALL_EVENTS = ["PermissionRequest", "PostToolUse", "PostToolUseFailure"];

/** Names that only our server can have made; a request to the model that holds one shows it the message. */
const MARK = /cc2cc-[0-9a-v]{8}(?![0-9a-z])/g;
const [agent] = process.argv.slice(2);

function pick(input) {
  // Gemini CLI's hook before each request is given all of it.
  const marks = input.llm_request === undefined ? [] : (JSON.stringify(input.llm_request).match(MARK) ?? []);
  if (marks.length > 0) input.prompt = [...new Set(marks)].join(" ");
  const fields = FIELDS.flatMap((name) => (typeof input[name] === "string" ? [[name, input[name]]] : []));
  if (CALL_EVENTS.includes(input.hook_event_name)) fields.push(["call", nameOfCall(input)]);
  // Whoever is asked for a permission is shown what for.
  if (input.hook_event_name === "PermissionRequest")
    return { ...Object.fromEntries(fields), tool_input: input.tool_input };
  // Of a call, only to whom it goes and what it answers, which decide whether it needs its person; of an edit, its file.
  const { to, replyToMessageId, file_path, notebook_path } = input.tool_input ?? {};
  return { ...Object.fromEntries(fields), tool_input: { to, replyToMessageId, file_path, notebook_path } };
}

/** The same for the request and for the word that the call has run (FNV-1a): nothing else that both have names one call. */
function nameOfCall({ tool_name, tool_input }) {
  let hash = 0x811c9dc5;
  for (const char of `${tool_name} ${JSON.stringify(tool_input)}`) {
    hash = Math.imul(hash ^ char.codePointAt(0), 0x01000193) >>> 0;
  }
  return hash.toString(36);
}

/**
 * A session's start is told some tenths of a second before its server runs, which reads this then. Claude Code names its
 * process; of another agent it is one of those that this one descends from.
 */
function leaveNotes({ session_id, transcript_path, source }) {
  const pids = agent === undefined ? [process.env.CLAUDE_PID] : ancestors();
  const ending = agent === undefined ? "" : `-${agent}`;
  mkdirSync(runFolder(), { recursive: true, mode: 0o700 });
  for (const pid of pids.filter(Boolean)) {
    const path = join(runFolder(), `start-${pid}${ending}.json`);
    writeFileSync(path, JSON.stringify({ session_id, transcript_path, source }), { mode: 0o600 });
  }
}

async function run() {
  const input = pick(await readInput());
  patienceEnds(input.hook_event_name === "PermissionRequest" ? APPROVAL_PATIENCE_MS : PATIENCE_MS);
  for (const server of findServers(input.session_id, undefined, agent)) {
    const answer = await ask(server, { input });
    if (answer === undefined) continue;
    if (answer.line !== "null") await new Promise((resolve) => process.stdout.write(answer.line, resolve));
    await answer.finish();
    return;
  }
  if (input.hook_event_name === "SessionStart") leaveNotes(input);
}

function patienceEnds(ms) {
  setTimeout(() => process.exit(0), ms).unref();
}

run().then(
  () => process.exit(0),
  () => process.exit(0),
);
