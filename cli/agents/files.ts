/** Files of agents, as they are and as they shall be. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding, Machine, Step } from "./agent.ts";

export interface FileNow {
  path: string;
  /** Undefined where there is none. */
  before: string | undefined;
}

export function fileAt(path: string): FileNow {
  return { path, before: existsSync(path) ? readFileSync(path, "utf8") : undefined };
}

/** Steps for those that shall be otherwise than they are. */
export function changes(...files: (FileNow & { after: string | undefined })[]): Step[] {
  return files.flatMap((file) => (file.before === file.after ? [] : [{ kind: "write" as const, ...file }]));
}

/** The plugin's server, for a client that starts it by a command. */
export function serverPath({ programFolder }: Machine): string {
  return join(programFolder, "dist", "server.mjs");
}

/** What a server is told of who has started it, and what may be done without a dialog. */
export function serverEnvironment(agent: string): Record<string, string> {
  return { CC2CC_AGENT: agent, CC2CC_PERMISSIONS: "answer" };
}

/** Whether joining would change anything: what is missing or old is put right by joining again. */
export function joinedFinding(steps: readonly Step[]): Finding {
  const paths = steps.flatMap((step) => (step.kind === "write" ? [step.path] : []));
  return paths.length === 0
    ? { isGood: true, sentence: "its files have what cc2cc needs" }
    : { isGood: false, sentence: `${paths.join(" and ")} lack what cc2cc needs: run \`cc2cc join\`` };
}
