/** `inbox`: what sessions ask of people, and answering it (H1, H2). */
import { type Command, Option } from "commander";
import { VERDICTS } from "../../shared/decision-state.ts";
import type { Decision, DecisionPage } from "../../shared/decisions.ts";
import { partialOf } from "../../shared/id-parts.ts";
import { findHub } from "../find-hub.ts";
import { parseMessageId, parsePositive } from "../message-options.ts";
import { agoOf, note, paint, print, printJson, printTable } from "../output.ts";
import { CliProblem, ExitCode } from "../problem.ts";
import { clean } from "../render-message.ts";
import { askRest } from "../rest.ts";

const LIMIT = 50;
/** As much of a question as a line shows. */
const TITLE_LENGTH = 80;

interface ListOptions {
  state: string;
  kind?: string;
  limit: number;
  json?: boolean;
}

interface AnswerOptions {
  note?: string;
  option?: number;
  json?: boolean;
}

export function addInbox(program: Command): void {
  const inbox = program
    .command("inbox")
    .description("what sessions ask of people; at a terminal it asks you, one after the other")
    .addOption(new Option("--state <state>", "which of them").choices(["open", "ended", "any"]).default("open"))
    .addOption(new Option("--kind <kind>", "only these").choices(["question", "approval"]))
    .option("--limit <number>", "how many at most, up to 200", parsePositive, LIMIT)
    .option("--json", "print JSON, and ask nothing")
    .action(listInbox);
  inbox
    .command("show")
    .description("one of them, whole")
    .argument("<id>", "as `inbox` shows it", parseMessageId)
    .option("--json", "print JSON")
    .action(showDecision);
  inbox
    .command("answer")
    .description("answer one; the first answer counts")
    .argument("<id>", "as `inbox` shows it", parseMessageId)
    .argument("[answer...]", "what you decide; for an approval allow or deny (an approver's key)")
    .option("--option <number>", "the option of that number in its place", parsePositive)
    .option("--note <text>", "what is to be said besides")
    .option("--json", "print JSON")
    .action(answerById);
}

async function listInbox({ json, ...filter }: ListOptions, command: Command): Promise<void> {
  const query = new URLSearchParams(
    Object.entries(filter).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const page = await askRest<DecisionPage>(findHub(process.env), `/api/decisions?${query}`);
  if (json) return printJson(page.items);
  const isAtTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  // Whoever filters wants to look.
  const isBare = command.getOptionValueSource("state") === "default" && filter.kind === undefined;
  if (isAtTerminal && isBare && page.items.length > 0) return askPerson(page.items);
  const rows = page.items.map((decision) => [
    decision.decisionId,
    decision.kind,
    stateOf(decision),
    partialOf(decision.instanceId),
    agoOf(decision.openedAt, Date.now()),
    titleOf(decision),
  ]);
  printTable(["ID", "KIND", "STATE", "WHO", "ASKED", "QUESTION"], rows, "nobody is asked anything.");
  if (page.nextCursor !== undefined) note("there are more: narrow it, or raise --limit.");
}

async function showDecision(id: string, { json }: { json?: boolean }): Promise<void> {
  const decision = await askRest<Decision>(findHub(process.env), `/api/decisions/${id}`);
  if (json) return printJson(decision);
  printDecision(decision);
}

async function answerById(id: string, words: string[], options: AnswerOptions): Promise<void> {
  const hub = findHub(process.env);
  const { option, note: said, json } = options;
  let answer = words.join(" ");
  if ((answer === "") === (option === undefined)) {
    throw new CliProblem(ExitCode.usage, "give an answer, or --option NUMBER in its place.");
  }
  if (option !== undefined) {
    const { options: choices = [] } = await askRest<Decision>(hub, `/api/decisions/${id}`);
    const chosen = choices[option - 1];
    if (chosen === undefined)
      throw new CliProblem(ExitCode.usage, `it has ${choices.length} options, and no ${option}.`);
    answer = chosen;
  }
  const answered = await send(id, answer, said);
  if (json) printJson(answered);
}

async function send(id: string, answer: string, said: string | undefined): Promise<Decision> {
  const body = { answer, ...(said === undefined ? {} : { note: said }) };
  const decision = await askRest<Decision>(findHub(process.env), `/api/decisions/${id}/answer`, "POST", body);
  note(`answered; ${partialOf(decision.instanceId)} is told.`);
  return decision;
}

/** `value` is what an `answer` says. */
interface Choice {
  is: "answer" | "other" | "later";
  value: string;
}

/** One after the other, each whole; what is left out stays open. */
async function askPerson(open: readonly Decision[]): Promise<void> {
  const { isCancel, select, text } = await import("@clack/prompts");
  for (const decision of open) {
    printDecision(decision);
    const options = choicesOf(decision);
    // What a session may do is not decided by an Enter too many.
    const later = options.at(-1)?.value;
    const initial = decision.kind === "approval" && later !== undefined ? { initialValue: later } : {};
    const answer = await select<Choice>({ message: "What do you decide?", options, ...initial });
    if (isCancel(answer)) return;
    if (answer.is === "later") continue;
    const words = answer.is === "answer" ? answer.value : await text({ message: "Your answer" });
    if (isCancel(words) || words.trim() === "") return;
    try {
      await send(decision.decisionId, words, undefined);
    } catch (error) {
      // Answered elsewhere meanwhile, for one: the others are still there.
      if (!(error instanceof CliProblem) || error.exitCode === ExitCode.away) throw error;
      note(error.message);
    }
  }
}

function choicesOf({ kind, options = [] }: Decision): { value: Choice; label: string }[] {
  const answers = kind === "approval" ? VERDICTS : options;
  return [
    ...answers.map((value) => ({ value: { is: "answer" as const, value }, label: clean(value) })),
    ...(kind === "question" ? [{ value: { is: "other" as const, value: "" }, label: "In words of your own" }] : []),
    { value: { is: "later", value: "" }, label: "Leave it open" },
  ];
}

function printDecision(decision: Decision): void {
  const { decisionId, instanceId, role, kind, tool, question, options = [], context, note: said, until } = decision;
  const what = kind === "approval" ? `wants to use ${clean(tool ?? "")}` : "asks";
  print(`${paint("bold", `${instanceId}${role === undefined ? "" : ` (${role})`}`)} ${what}, until ${until}`);
  print(clean(question));
  for (const [index, option] of options.entries()) {
    print(
      `  ${index + 1}  ${clean(option)}${option === decision.default ? paint("dim", "  (counts if nobody answers)") : ""}`,
    );
  }
  if (context !== undefined) print(paint("dim", indent(clean(context))));
  print(paint("dim", `${decisionId}  ${stateOf(decision)}${said === undefined ? "" : `  ${clean(said)}`}`));
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}

function stateOf({ state, answer, answeredBy }: Decision): string {
  if (answer === undefined) return state;
  return answeredBy === undefined ? `${state}, ${short(answer)}` : `${answeredBy}: ${short(answer)}`;
}

function titleOf({ question, tool }: Decision): string {
  return short(tool === undefined ? question : `${tool}: ${question}`);
}

function short(text: string): string {
  const line = clean(text).replace(/\s+/g, " ").trim();
  return line.length > TITLE_LENGTH ? `${line.slice(0, TITLE_LENGTH - 1).toWellFormed()}…` : line;
}
