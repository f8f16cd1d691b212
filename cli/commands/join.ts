/** `join`: lets this machine's command line and its coding agents in to a hub. The key never stands in an argument of ours. */
import { rmSync } from "node:fs";
import { homedir } from "node:os";
import { text as readAll } from "node:stream/consumers";
import { type Command, InvalidArgumentError } from "commander";
import { forgetJoinedHub, writeJoinedHub } from "../../client/joined-hub.ts";
import { parseHubUrl } from "../../shared/hub-url.ts";
import type { SessionInfo } from "../../shared/keys.ts";
import type { Agent, Machine, Step } from "../agents/agent.ts";
import { AGENTS } from "../agents/all.ts";
import { describeStep, doStep, undoStep } from "../agents/apply-steps.ts";
import { checkAgents } from "../agents/check.ts";
import { installProgram, programFolder } from "../agents/program-folder.ts";
import { findKey, findUrl } from "../find-hub.ts";
import { isOnPath } from "../on-path.ts";
import { note, print } from "../output.ts";
import { CliProblem, ExitCode } from "../problem.ts";
import { askRest } from "../rest.ts";

interface JoinOptions {
  yes?: boolean;
  client?: Agent[];
  undo?: boolean;
  check?: boolean;
}

/** What one agent has to do. */
interface Plan {
  agent: Agent;
  steps: Step[];
}

export function addJoin(program: Command): void {
  program
    .command("join")
    .description("join a hub from this machine: its coding agents and this command line")
    .argument("[hub]", "its address, such as http://192.168.1.20:3100; without it, the one that is known here")
    .option(
      "--client <name>",
      `one of ${AGENTS.map(({ name }) => name).join(", ")}; may be repeated (default: those on the PATH)`,
      addClient,
    )
    .option("-y, --yes", "do it without asking")
    .option("--undo", "take away what joining has written")
    .option("--check", "say what works, and change nothing")
    .addHelpText(
      "after",
      "\nThe key is asked for, or read from standard input: cc2cc join http://HUB:3100 --yes < key-file",
    )
    .action(async (address: string | undefined, options: JoinOptions) => {
      if (options.check) await checkAgents(chosen(options), machineHere(), process.env);
      else if (options.undo) await leaveHub(options);
      else await joinHub(address, options);
    });
}

function addClient(name: string, before: Agent[] = []): Agent[] {
  const agent = AGENTS.find((known) => known.name === name);
  if (agent === undefined) {
    throw new InvalidArgumentError(`Choose one of ${AGENTS.map((known) => known.name).join(", ")}.`);
  }
  return [...before, agent];
}

/** The agents that were named, else those that are installed. */
function chosen({ client }: JoinOptions): Agent[] {
  return client ?? AGENTS.filter(({ program }) => isOnPath(program));
}

function machineHere(): Machine {
  return { home: homedir(), env: process.env, programFolder: programFolder(homedir()) };
}

async function joinHub(address: string | undefined, options: JoinOptions): Promise<void> {
  const url = urlOf(address);
  const hub = { url, key: await readKey(url) };
  const { scope } = await askRest<SessionInfo>(hub, "/api/session");
  if (scope === "observer")
    throw new CliProblem(ExitCode.key, "this is an observer's key, which sends nothing: take a member's.");
  if (scope === "approver")
    throw new CliProblem(
      ExitCode.key,
      "this is an approver's key, a person's: sessions that had it could approve what others do. Take a member's.",
    );
  const machine = machineHere();
  const agents = chosen(options);
  const problems: string[] = [];
  const plans = plan(agents, (agent) => agent.join({ hubUrl: url.origin, key: hub.key, machine }), problems);
  showPlans(plans);
  if (agents.length > 0 && !(await isWanted(options, "joins with; --yes does it, with the key for KEY"))) return;
  note(`this command line has joined ${url.origin} (${writeJoinedHub({ url: url.origin, key: hub.key })}).`);
  if (agents.length === 0) throw new CliProblem(ExitCode.failed, nothingToJoin());
  if (agents.some(({ needsProgram }) => needsProgram)) await installProgram(url.origin, machine.programFolder);
  for (const { title, next } of await carryOut(plans, doStep, problems)) note(`${title} has joined. ${next}`);
  throwIfAny(problems);
}

async function leaveHub(options: JoinOptions): Promise<void> {
  const machine = machineHere();
  const problems: string[] = [];
  const plans = plan(options.client ?? AGENTS, (agent) => agent.leave(machine), problems);
  const isAll = options.client === undefined;
  showPlans(plans);
  if (isAll) print(`delete ${machine.programFolder}, and the hub that this command line has joined`);
  if (!(await isWanted(options, "leaves with; --yes does it"))) return;
  await carryOut(plans, undoStep, problems);
  throwIfAny(problems);
  if (!isAll) return;
  rmSync(machine.programFolder, { recursive: true, force: true });
  forgetJoinedHub();
}

function showPlans(plans: readonly Plan[]): void {
  for (const step of plans.flatMap(({ steps }) => steps)) print(describeStep(step));
}

/** One agent's trouble keeps no other from joining; it is told at the end. */
function plan(agents: readonly Agent[], stepsOf: (agent: Agent) => Step[], problems: string[]): Plan[] {
  return agents.flatMap((agent) => {
    try {
      return [{ agent, steps: stepsOf(agent) }];
    } catch (error) {
      problems.push(`${agent.title}: ${(error as Error).message}`);
      return [];
    }
  });
}

/** Returns the agents that have done all of theirs. */
async function carryOut(
  plans: readonly Plan[],
  act: (agent: Agent, step: Step) => Promise<void>,
  problems: string[],
): Promise<Agent[]> {
  const done: Agent[] = [];
  for (const { agent, steps } of plans) {
    try {
      for (const step of steps) await act(agent, step);
      done.push(agent);
    } catch (error) {
      problems.push(`${agent.title}: ${(error as Error).message}`);
    }
  }
  return done;
}

function throwIfAny(problems: readonly string[]): void {
  if (problems.length > 0) throw new CliProblem(ExitCode.failed, problems.join(" "));
}

function nothingToJoin(): string {
  const names = AGENTS.map(({ title, program }) => `${title} (${program})`).join(", ");
  return `no coding agent was found on the PATH: install ${names}, then run this again.`;
}

function urlOf(address: string | undefined): URL {
  const url = address === undefined ? findUrl(process.env) : parseHubUrl(address);
  if (url !== undefined) return url;
  const why = address === undefined ? "name the hub" : `"${address}" is no address of a hub`;
  throw new CliProblem(ExitCode.usage, `${why}: write it like cc2cc join http://192.168.1.20:3100.`);
}

/** What is handed over by standard input, else from the environment or the hub of this machine, else from the person. */
async function readKey(url: URL): Promise<string> {
  const given = process.stdin.isTTY ? "" : (await readAll(process.stdin)).trim();
  const known = given || findKey(process.env, url);
  if (known !== undefined) return known;
  const key = process.stdin.isTTY ? await askForKey(url) : "";
  if (key === "")
    throw new CliProblem(
      ExitCode.key,
      "no key was given: type it when asked, or give it by standard input (`… < key-file`).",
    );
  return key;
}

async function askForKey(url: URL): Promise<string> {
  const { isCancel, password } = await import("@clack/prompts");
  const answer = await password({
    message: `Key of the hub at ${url.origin} (~/.cc2cc/key there)`,
    output: process.stderr,
  });
  if (isCancel(answer)) throw new CliProblem(ExitCode.interrupted, "nothing was done.");
  return (answer ?? "").trim();
}

async function isWanted({ yes }: JoinOptions, what: string): Promise<boolean> {
  if (yes === true) return true;
  if (!process.stdin.isTTY) {
    note(`this is what this machine ${what}.`);
    return false;
  }
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ message: "Do it?", output: process.stderr });
  if (isCancel(answer)) throw new CliProblem(ExitCode.interrupted, "nothing was done.");
  return answer;
}
