/** Before all scenarios: the client that package.json names, in an ignored folder, fetched from npm where it is not there yet. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { installFromNpm } from "../helpers/npm-client.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PACKAGE = "@anthropic-ai/claude-code";
/** Set to 1 where a machine is known to have no npm registry: then nothing is tested, and the run says so and passes. */
const MAY_BE_MISSING = "CC2CC_TEST_CLAUDE_OPTIONAL";

declare module "vitest" {
  interface ProvidedContext {
    /** The program; empty where it may be missing and is. */
    claudeBinary: string;
  }
}

export default function setup(project: TestProject): void {
  const { testClients } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const version: string = testClients[PACKAGE];
  try {
    project.provide("claudeBinary", install(version));
  } catch (error) {
    const reason = (error as Error).message.split("\n").slice(0, 5).join("\n  ");
    const notice = `Claude Code ${version} cannot be installed from npm, so no scenario ran:\n  ${reason}`;
    if (process.env[MAY_BE_MISSING] !== "1")
      throw new Error(`${notice}\n(${MAY_BE_MISSING}=1 lets the run pass without it.)`);
    console.warn(`SKIPPED: ${notice}`);
    project.provide("claudeBinary", "");
  }
}

/** The program's path. */
function install(version: string): string {
  const folder = installFromNpm(PACKAGE, version, (fresh, run) => {
    // npms differ in which install scripts they run; this one puts the program of this platform in place.
    run(process.execPath, [join(fresh, "node_modules", PACKAGE, "install.cjs")]);
  });
  return join(folder, "node_modules/.bin/claude");
}
