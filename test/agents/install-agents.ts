/** Before all scenarios: the agents that package.json names, fetched from npm where they are not there yet. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { installFromNpm } from "../helpers/npm-client.ts";
import { AGENT_CLIENTS } from "./clients.ts";

const ROOT = join(import.meta.dirname, "..", "..");

declare module "vitest" {
  interface ProvidedContext {
    /** By name, the folder of its program; of one that cannot be had, none. */
    agentFolders: Record<string, string>;
  }
}

export default function setup(project: TestProject): void {
  const { testClients } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const folders: Record<string, string> = {};
  for (const { name, packageName, binFolder } of AGENT_CLIENTS) {
    try {
      folders[name] = join(installFromNpm(packageName, testClients[packageName]), binFolder);
    } catch (error) {
      const [reason] = (error as Error).message.split("\n");
      console.warn(`LEFT OUT: ${name}, as ${packageName} cannot be installed from npm: ${reason}`);
    }
  }
  if (Object.keys(folders).length === 0) throw new Error("no coding agent can be installed from npm.");
  project.provide("agentFolders", folders);
}
