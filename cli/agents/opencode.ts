/** OpenCode: a server in its configuration, and a plugin that names the part of us that runs inside. Tried with 1.18.33. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Agent, JoinContext, Machine, Step } from "./agent.ts";
import { changes, fileAt, joinedFinding, serverEnvironment, serverPath } from "./files.ts";
import { readJson, setJson } from "./json-file.ts";

const PLACE = ["mcp", "cc2cc"];

export const OPENCODE: Agent = {
  name: "opencode",
  title: "OpenCode",
  program: "opencode",
  needsProgram: true,
  join: joinOpenCode,
  leave: leaveOpenCode,
  check: (machine) => [joinedFinding(stepsOf(machine))],
  next: "Start `opencode`; a session is on the hub from its first prompt on.",
};

function joinOpenCode({ machine }: JoinContext): Step[] {
  return stepsOf(machine);
}

function stepsOf(machine: Machine): Step[] {
  const config = fileAt(configPath(machine));
  const plugin = fileAt(pluginPath(machine));
  const server = {
    type: "local",
    command: ["node", serverPath(machine)],
    environment: serverEnvironment("opencode"),
    enabled: true,
  };
  const isThere = JSON.stringify(serverIn(config)) === JSON.stringify(server);
  return changes(
    { ...config, after: isThere ? config.before : setJson(config.before, PLACE, server) },
    { ...plugin, after: pluginOf(machine) },
  );
}

function leaveOpenCode(machine: Machine): Step[] {
  const config = fileAt(configPath(machine));
  const plugin = fileAt(pluginPath(machine));
  const isListed = serverIn(config) !== undefined;
  return changes(
    { ...config, after: isListed ? setJson(config.before, PLACE, undefined) : config.before },
    { ...plugin, after: undefined },
  );
}

function serverIn({ path, before }: { path: string; before: string | undefined }): unknown {
  return (readJson(before, path).mcp as Record<string, unknown> | undefined)?.cc2cc;
}

function pluginOf({ programFolder }: Machine): string {
  return `// Written by \`cc2cc join\`; \`cc2cc join --undo\` takes it away.
export { Cc2cc } from ${JSON.stringify(join(programFolder, "agents", "opencode.mjs"))};
`;
}

function folderOf({ home, env }: Machine): string {
  return join(env.XDG_CONFIG_HOME || join(home, ".config"), "opencode");
}

/** The one of its two names that is there. */
function configPath(machine: Machine): string {
  const path = join(folderOf(machine), "opencode.jsonc");
  return existsSync(path) ? path : join(folderOf(machine), "opencode.json");
}

function pluginPath(machine: Machine): string {
  return join(folderOf(machine), "plugin", "cc2cc.js");
}
