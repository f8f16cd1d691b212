/** Copilot CLI: a server in its list, and an extension that names the part of us that runs beside a session. Tried with 1.0.102. */
import { join } from "node:path";
import type { Agent, Machine, Step } from "./agent.ts";
import { changes, fileAt, joinedFinding, serverEnvironment, serverPath } from "./files.ts";
import { readJson, setJson } from "./json-file.ts";

const PLACE = ["mcpServers", "cc2cc"];

export const COPILOT: Agent = {
  name: "copilot",
  title: "Copilot CLI",
  program: "copilot",
  needsProgram: true,
  join: ({ machine }) => stepsOf(machine),
  leave: leaveCopilot,
  check: (machine) => [joinedFinding(stepsOf(machine))],
  next: "Start `copilot --experimental`, which runs extensions: cc2cc's wakes the session and brings its messages.",
};

function stepsOf(machine: Machine): Step[] {
  const servers = fileAt(serversPath(machine));
  const server = {
    type: "local",
    command: "node",
    args: [serverPath(machine)],
    env: serverEnvironment("copilot"),
    tools: ["*"],
  };
  const isThere = JSON.stringify(serverIn(servers)) === JSON.stringify(server);
  return changes(
    { ...servers, after: isThere ? servers.before : setJson(servers.before, PLACE, server) },
    { ...fileAt(extensionPath(machine)), after: extensionOf(machine) },
  );
}

function leaveCopilot(machine: Machine): Step[] {
  const servers = fileAt(serversPath(machine));
  const isListed = serverIn(servers) !== undefined;
  return changes(
    { ...servers, after: isListed ? setJson(servers.before, PLACE, undefined) : servers.before },
    { ...fileAt(extensionPath(machine)), after: undefined },
  );
}

function serverIn({ path, before }: { path: string; before: string | undefined }): unknown {
  return (readJson(before, path).mcpServers as Record<string, unknown> | undefined)?.cc2cc;
}

function extensionOf({ programFolder }: Machine): string {
  return `// Written by \`cc2cc join\`; \`cc2cc join --undo\` takes it away.
import { joinSession } from "@github/copilot-sdk/extension";
import { start } from ${JSON.stringify(join(programFolder, "agents", "copilot.mjs"))};

await start(joinSession);
`;
}

function folderOf({ home, env }: Machine): string {
  return env.COPILOT_HOME || join(home, ".copilot");
}

function serversPath(machine: Machine): string {
  return join(folderOf(machine), "mcp-config.json");
}

function extensionPath(machine: Machine): string {
  return join(folderOf(machine), "extensions", "cc2cc", "extension.mjs");
}
