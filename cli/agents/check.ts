/** `cc2cc join --check`: what works of each agent on this machine, a line each, and what to do about the rest. */
import { findHub } from "../find-hub.ts";
import { print } from "../output.ts";
import { CliProblem, ExitCode } from "../problem.ts";
import { askRest } from "../rest.ts";
import type { Agent, Finding, Machine } from "./agent.ts";
import { isProgramCurrent } from "./program-folder.ts";

/** Prints what was found. Throws a CliProblem where something needs its person. */
export async function checkAgents(
  agents: readonly Agent[],
  machine: Machine,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const hub = findHub(env, machine.home);
  await askRest(hub, "/api/session");
  print(`ok   ${hub.url.origin} takes the key`);
  const program = agents.some(({ needsProgram }) => needsProgram) ? [await lookAtProgram(hub.url, machine)] : [];
  const rows = [
    ...program.map((finding) => ({ about: "programs", finding })),
    ...agents.flatMap((agent) => agent.check(machine).map((finding) => ({ about: agent.title, finding }))),
  ];
  for (const { about, finding } of rows) print(`${finding.isGood ? "ok  " : "!!  "} ${about}: ${finding.sentence}`);
  const bad = rows.filter(({ finding }) => !finding.isGood).length;
  if (bad > 0) throw new CliProblem(ExitCode.failed, `${bad} of ${rows.length} need you.`);
}

async function lookAtProgram(url: URL, { programFolder }: Machine): Promise<Finding> {
  const isCurrent = await isProgramCurrent(url.origin, programFolder);
  if (isCurrent === true) return { isGood: true, sentence: `${programFolder} is as the hub hands it out` };
  const why = isCurrent === undefined ? "is not there" : "is not what the hub hands out";
  return { isGood: false, sentence: `${programFolder} ${why}: run \`cc2cc join\`` };
}
