/** Cursor: a server in its list, by its documents. Not run. Its model asks for messages; nothing wakes it. */
import { join } from "node:path";
import type { Agent, Machine, Step } from "./agent.ts";
import { changes, fileAt, joinedFinding, serverEnvironment, serverPath } from "./files.ts";
import { readJson, setJson } from "./json-file.ts";

const PLACE = ["mcpServers", "cc2cc"];

export const CURSOR: Agent = {
  name: "cursor",
  title: "Cursor",
  program: "cursor-agent",
  needsProgram: true,
  join: ({ machine }) => stepsOf(machine),
  leave(machine) {
    const file = fileAt(pathOf(machine));
    return changes({ ...file, after: isListed(file) ? setJson(file.before, PLACE, undefined) : file.before });
  },
  check: (machine) => [joinedFinding(stepsOf(machine))],
  next: "Start Cursor; its model has cc2cc's tools and is told of messages when it calls get_messages.",
};

function stepsOf(machine: Machine): Step[] {
  const file = fileAt(pathOf(machine));
  const server = { command: "node", args: [serverPath(machine)], env: serverEnvironment("cursor") };
  const isThere = JSON.stringify(serversIn(file).cc2cc) === JSON.stringify(server);
  return changes({ ...file, after: isThere ? file.before : setJson(file.before, PLACE, server) });
}

function isListed(file: { path: string; before: string | undefined }): boolean {
  return serversIn(file).cc2cc !== undefined;
}

function serversIn({ path, before }: { path: string; before: string | undefined }): Record<string, unknown> {
  return (readJson(before, path).mcpServers ?? {}) as Record<string, unknown>;
}

function pathOf({ home }: Machine): string {
  return join(home, ".cursor", "mcp.json");
}
