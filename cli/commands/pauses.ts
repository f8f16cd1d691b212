/** `pause`, `pauses`, `resume`, `loops`: holding sessions up, and letting them go on. */
import type { Command } from "commander";
import type { LoopStop } from "../../shared/loops.ts";
import type { Pause } from "../../shared/pauses.ts";
import { findHub } from "../find-hub.ts";
import { agoOf, note, printJson, printTable } from "../output.ts";
import { CliProblem, ExitCode } from "../problem.ts";
import { clean } from "../render-message.ts";
import { askRest } from "../rest.ts";

interface PauseOptions {
  all?: boolean;
  reason?: string;
}

interface ResumeOptions {
  all?: boolean;
  loop?: string;
}

const TARGET = "the id of a session, or project:NAME";

export function addPauses(program: Command): void {
  program
    .command("pause")
    .description("hold up a session, a project or all: what is for them waits, what they send is refused")
    .argument("[target]", TARGET)
    .option("--all", "everything")
    .option("--reason <text>", "why, for those who are held up and who write to them")
    .action(pause);
  program
    .command("resume")
    .description("end a pause, and give what waited; or let a stopped exchange go on")
    .argument("[target]", TARGET)
    .option("--all", "the pause of everything")
    .option("--loop <id>", "a stopped exchange, as `cc2cc loops` shows it")
    .action(resume);
  program
    .command("pauses")
    .description("what is paused, by whom and why")
    .option("--json", "print JSON")
    .action(listPauses);
  program
    .command("loops")
    .description("exchanges of sessions that the hub has stopped; `resume --loop ID` lets one go on")
    .option("--json", "print JSON")
    .action(listLoops);
}

async function pause(given: string | undefined, { all, reason }: PauseOptions): Promise<void> {
  const target = targetOf(given, all);
  const body = { target, ...(reason === undefined ? {} : { reason }) };
  const paused = await askRest<Pause>(findHub(process.env), "/api/pauses", "POST", body);
  note(`${wordsFor(paused.target)} is paused; \`cc2cc resume ${target === "all" ? "--all" : paused.target}\` ends it.`);
}

async function resume(given: string | undefined, { all, loop }: ResumeOptions): Promise<void> {
  const hub = findHub(process.env);
  if (loop !== undefined) {
    if (given !== undefined || all) throw new CliProblem(ExitCode.usage, "name a target or --loop, not both.");
    const { instances } = await askRest<LoopStop>(hub, `/api/loops/${encodeURIComponent(loop)}/resume`, "POST");
    note(`${instances.join(", ")} may go on, and are told.`);
    return;
  }
  const target = targetOf(given, all);
  const path = `/api/pauses?${new URLSearchParams({ target })}`;
  const { resumed } = await askRest<{ resumed: boolean }>(hub, path, "DELETE");
  note(resumed ? `${wordsFor(target)} goes on; what waited is given.` : `${wordsFor(target)} was not paused.`);
}

async function listPauses({ json }: { json?: boolean }): Promise<void> {
  const pauses = await askRest<Pause[]>(findHub(process.env), "/api/pauses");
  if (json) return printJson(pauses);
  const rows = pauses.map(({ target, by, at, reason }) => [
    target,
    clean(by),
    agoOf(at, Date.now()),
    clean(reason ?? ""),
  ]);
  printTable(["PAUSED", "BY", "SINCE", "WHY"], rows, "nothing is paused.");
}

async function listLoops({ json }: { json?: boolean }): Promise<void> {
  const loops = await askRest<LoopStop[]>(findHub(process.env), "/api/loops");
  if (json) return printJson(loops);
  const rows = loops.map(({ loopId, messages, at, threadId, instances }) => [
    loopId,
    String(messages),
    agoOf(at, Date.now()),
    `${instances.join(", ")}${threadId === undefined ? "" : ` in the thread ${threadId}`}`,
  ]);
  printTable(["ID", "TURNS", "STOPPED", "BETWEEN"], rows, "no exchange is stopped.");
}

function targetOf(given: string | undefined, all: boolean | undefined): string {
  if ((given === undefined) === !all) {
    throw new CliProblem(ExitCode.usage, `name ${TARGET}, or --all, and not both.`);
  }
  return given ?? "all";
}

function wordsFor(target: string): string {
  return target === "all" ? "everything" : target;
}
