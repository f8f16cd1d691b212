/** Agents that keep servers and command hooks in one `settings.json`, as Gemini CLI made it. */
import { join } from "node:path";
import type { Agent, Machine, Step } from "./agent.ts";
import { changes, fileAt, joinedFinding, serverEnvironment, serverPath } from "./files.ts";
import { type HookFile, type HookGroups, putHooks, removeHooks } from "./hook-groups.ts";
import { readJson, setJson } from "./json-file.ts";

const PLACE = ["mcpServers", "cc2cc"];
const HOOK_TIMEOUT_MS = 5_000;

export interface SettingsAgent extends Pick<Agent, "name" | "title" | "program" | "next"> {
  /** The folder below the home. */
  folder: string;
  events: readonly string[];
}

export function settingsAgent({ folder, events, ...agent }: SettingsAgent): Agent {
  const pathOf = ({ home }: Machine) => join(home, folder, "settings.json");
  const isOurs: HookFile["isOurs"] = (group) => JSON.stringify(group).includes(`hook.mjs\\" ${agent.name}`);

  function stepsOf(machine: Machine): Step[] {
    const file = fileAt(pathOf(machine));
    const server = { command: "node", args: [serverPath(machine)], env: serverEnvironment(agent.name) };
    const isThere = JSON.stringify(serverIn(file.before, file.path)) === JSON.stringify(server);
    const text = isThere ? file.before : setJson(file.before, PLACE, server);
    const command = `node "${join(machine.programFolder, "hooks", "hook.mjs")}" ${agent.name}`;
    const group = { hooks: [{ type: "command", name: "cc2cc", command, timeout: HOOK_TIMEOUT_MS }] };
    const groups: HookGroups = Object.fromEntries(events.map((event) => [event, group]));
    return changes({ ...file, after: putHooks({ text, path: file.path, isOurs }, groups) });
  }

  return {
    ...agent,
    needsProgram: true,
    join: ({ machine }) => stepsOf(machine),
    leave(machine) {
      const file = fileAt(pathOf(machine));
      const text =
        serverIn(file.before, file.path) === undefined ? file.before : setJson(file.before, PLACE, undefined);
      return changes({ ...file, after: removeHooks({ text, path: file.path, isOurs }) });
    },
    check: (machine) => [joinedFinding(stepsOf(machine))],
  };
}

function serverIn(text: string | undefined, path: string): unknown {
  return (readJson(text, path).mcpServers as Record<string, unknown> | undefined)?.cc2cc;
}

export const QWEN: Agent = settingsAgent({
  name: "qwen",
  title: "Qwen Code",
  program: "qwen",
  folder: ".qwen",
  events: ["SessionStart", "UserPromptSubmit", "PostToolUse", "Stop"],
  next: "Start `qwen`; with `--input-file FILE`, an empty file of its own, messages wake it too.",
});

export const GEMINI: Agent = settingsAgent({
  name: "gemini",
  title: "Gemini CLI",
  program: "gemini",
  folder: ".gemini",
  events: ["SessionStart", "BeforeAgent", "BeforeModel", "AfterTool", "AfterAgent"],
  next: "Start `gemini`; messages come with the next prompt or tool call, as nothing wakes it.",
});
