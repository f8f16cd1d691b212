/** Shows and does what joining takes. A file of the user's is kept beside as it was, and comes back from there. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cliFolder } from "../../client/joined-hub.ts";
import { isOnPath } from "../on-path.ts";
import { CliProblem, ExitCode } from "../problem.ts";
import type { Agent, Step } from "./agent.ts";

const BACKUP = ".before-cc2cc";

type Write = Extract<Step, { kind: "write" }>;

/** A step as people read it before they agree: a command, or a file with the lines that come and go. */
export function describeStep(step: Step): string {
  if (step.kind === "run") return step.shown;
  const { path, before = "", after = "" } = step;
  const [gone, come] = [linesOnlyIn(before, after), linesOnlyIn(after, before)];
  const verb = step.after === undefined ? "delete" : step.before === undefined ? "create" : "change";
  return [`${verb} ${path}`, ...gone.map((line) => `  - ${line}`), ...come.map((line) => `  + ${line}`)].join("\n");
}

/** Joins: writes, or runs. */
export async function doStep(agent: Agent, step: Step): Promise<void> {
  if (step.kind === "run") await run(agent, step);
  else writeWithBackup(step);
}

/** Leaves: a file that is as joining left it comes back as it was before; in any other only what is ours goes. */
export async function undoStep(agent: Agent, step: Step): Promise<void> {
  if (step.kind === "run") await run(agent, step);
  else restore(step);
}

function writeWithBackup({ path, before, after = "" }: Write): void {
  mkdirSync(dirname(path), { recursive: true });
  const backup = path + BACKUP;
  if (before !== undefined && !existsSync(backup)) copyFileSync(path, backup);
  const mode = before === undefined ? 0o600 : statSync(path).mode;
  writeFileSync(path, after, { mode });
  noteWritten(path, hashOf(after));
}

function restore({ path, before = "", after }: Write): void {
  const backup = path + BACKUP;
  const isAsWritten = readWritten()[path] === hashOf(before);
  const wanted = !isAsWritten ? after : existsSync(backup) ? readFileSync(backup, "utf8") : undefined;
  if (wanted === undefined) rmSync(path, { force: true });
  else writeFileSync(path, wanted);
  rmSync(backup, { force: true });
  noteWritten(path, undefined);
}

/** By path, the hash of what joining wrote there. */
function readWritten(): Record<string, string | undefined> {
  try {
    return JSON.parse(readFileSync(writtenPath(), "utf8"));
  } catch {
    return {};
  }
}

function noteWritten(path: string, hash: string | undefined): void {
  mkdirSync(cliFolder(), { recursive: true, mode: 0o700 });
  writeFileSync(writtenPath(), JSON.stringify({ ...readWritten(), [path]: hash }), { mode: 0o600 });
}

function writtenPath(): string {
  return join(cliFolder(), "written.json");
}

async function run({ title }: Agent, { program, args }: Extract<Step, { kind: "run" }>): Promise<void> {
  if (!isOnPath(program)) {
    throw new CliProblem(
      ExitCode.failed,
      `there is no \`${program}\` on the PATH: install ${title}, then run this again.`,
    );
  }
  const child = spawn(program, args, {
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new CliProblem(ExitCode.failed, `${program} ended with ${code}, for the reason above.`);
}

function linesOnlyIn(text: string, other: string): string[] {
  const left = other.split("\n");
  return text.split("\n").filter((line) => {
    const index = left.indexOf(line);
    if (index !== -1) left.splice(index, 1);
    return index === -1 && line.trim() !== "";
  });
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
