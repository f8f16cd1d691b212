/** Codex: a server in `config.toml`, and hooks that call it in `hooks.json`. Tried with 0.171.0. */
import { join } from "node:path";
import type { Agent, Finding, JoinContext, Machine, Step } from "./agent.ts";
import { changes, fileAt, serverEnvironment, serverPath } from "./files.ts";
import { type HookFile, type HookGroup, type HookGroups, placesOfHooks, putHooks, removeHooks } from "./hook-groups.ts";
import { putTable, removeTable, tableAt } from "./toml-table.ts";

const TABLE = ["mcp_servers", "cc2cc"];
/** The tool that the plugin answers hooks by; it is not listed. */
const TOOL = "host_event";
const HOOK_TIMEOUT_SECONDS = 10;

/** What each event tells the plugin besides who and where. A field that an event does not have would fail its hook. */
const EVENTS: Readonly<Record<string, { fields: Record<string, string>; matcher?: string }>> = {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: placeholders that Codex fills
  SessionStart: { fields: { source: "${source}" } },
  UserPromptSubmit: { fields: { prompt: "${prompt}" } },
  PostToolUse: { fields: {} },
  Stop: { fields: {} },
  PermissionRequest: {
    matcher: "mcp__cc2cc__.*",
    fields: { tool_name: "${tool_name}", tool_input: "${tool_input}" },
  },
};
const COMMON = {
  hook_event_name: "${hook_event_name}",
  session_id: "${session_id}",
  transcript_path: "${transcript_path}",
};
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: placeholders that Codex fills

export const CODEX: Agent = {
  name: "codex",
  title: "Codex",
  program: "codex",
  needsProgram: true,
  join: joinCodex,
  leave: leaveCodex,
  check: checkCodex,
  next: "Start `codex`: it asks once whether to run cc2cc's hooks, which bring the messages; choose “Trust all and continue”.",
};

function joinCodex({ machine }: JoinContext): Step[] {
  const config = fileAt(configPath(machine));
  const hooks = hookFile(machine);
  return changes(
    { ...config, after: putTable(config.before ?? "", config.path, TABLE, serverOf(machine)) },
    { path: hooks.path, before: hooks.text, after: putHooks(hooks, hookGroups()) },
  );
}

function leaveCodex(machine: Machine): Step[] {
  const config = fileAt(configPath(machine));
  const hooks = hookFile(machine);
  const after = config.before === undefined ? undefined : removeTable(config.before, config.path, TABLE);
  return changes(
    { ...config, after: after?.trim() === "" ? undefined : after },
    { path: hooks.path, before: hooks.text, after: removeHooks(hooks) },
  );
}

function checkCodex(machine: Machine): Finding[] {
  const config = fileAt(configPath(machine));
  const isListed = config.before !== undefined && tableAt(config.before, config.path, TABLE) !== undefined;
  const places = placesOfHooks(hookFile(machine));
  if (!isListed || places.length < Object.keys(EVENTS).length) {
    return [{ isGood: false, sentence: `${config.path} or hooks.json lacks what cc2cc needs: run \`cc2cc join\`` }];
  }
  return [
    { isGood: true, sentence: `its server stands in ${config.path}, its hooks in ${hooksPath(machine)}` },
    trustFinding(machine, places, config.before ?? ""),
  ];
}

/** Codex keeps which hooks its person has trusted by file, event and place. */
function trustFinding(machine: Machine, places: [string, number][], text: string): Finding {
  const state = tableAt(text, configPath(machine), ["hooks", "state"]) ?? {};
  const isTrusted = places.every(([event, index]) =>
    Object.hasOwn(state, `${hooksPath(machine)}:${snakeCase(event)}:${index}:0`),
  );
  return isTrusted
    ? { isGood: true, sentence: "its hooks are trusted" }
    : { isGood: false, sentence: "its hooks are not trusted yet: start `codex` and choose “Trust all and continue”" };
}

function serverOf(machine: Machine) {
  return {
    command: "node",
    args: [serverPath(machine)],
    // Codex starts servers with hardly any of its own environment.
    env: { ...serverEnvironment("codex"), CODEX_HOME: codexHome(machine) },
  };
}

function hookGroups(): HookGroups {
  const groups = Object.entries(EVENTS).map(([event, { fields, matcher }]): [string, HookGroup] => {
    const input = { ...COMMON, ...fields };
    const hook = { type: "mcp_tool", server: "cc2cc", tool: TOOL, input, timeout: HOOK_TIMEOUT_SECONDS };
    return [event, { ...(matcher === undefined ? {} : { matcher }), hooks: [hook] }];
  });
  return Object.fromEntries(groups);
}

function hookFile(machine: Machine): HookFile {
  const { path, before } = fileAt(hooksPath(machine));
  return { path, text: before, isOurs: (group) => JSON.stringify(group).includes(`"tool":"${TOOL}"`) };
}

function codexHome({ home, env }: Machine): string {
  return env.CODEX_HOME ?? join(home, ".codex");
}

function configPath(machine: Machine): string {
  return join(codexHome(machine), "config.toml");
}

function hooksPath(machine: Machine): string {
  return join(codexHome(machine), "hooks.json");
}

function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
