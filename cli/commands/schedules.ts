/** `schedules`: messages that the hub sends when their time comes. */
import { type Command, Option } from "commander";
import { parseAddress } from "../../shared/ids.ts";
import type { Schedule, ScheduleDetail, ScheduleFiring, SchedulePage } from "../../shared/schedules.ts";
import { findHub } from "../find-hub.ts";
import { collectMeta, parsePositive, readText, TYPES } from "../message-options.ts";
import { note, paint, print, printJson, printTable } from "../output.ts";
import { CliProblem, ExitCode } from "../problem.ts";
import { clean } from "../render-message.ts";
import { askRest } from "../rest.ts";

/** What `create` and `edit` take, as the hub calls it. */
interface Terms {
  name?: string;
  expression?: string;
  target?: string;
  content?: string;
  type?: string;
  timeZone?: string;
  missed?: string;
  overlap?: string;
  /** False clears, in these three. */
  max?: number | false;
  until?: string | false;
  meta?: Record<string, string> | false;
  persistent?: boolean;
  json?: boolean;
}

const SCHEDULE = "its id, or its name where only one has that";

export function addSchedules(program: Command): void {
  const schedules = program
    .command("schedules")
    .description("messages that the hub sends when their time comes; the newest first")
    .option("--json", "print JSON")
    .action(list);
  schedules.command("list").description("as without a command").option("--json", "print JSON").action(list);
  schedules
    .command("show")
    .description("one schedule, and what became of its last times")
    .argument("<schedule>", SCHEDULE)
    .option("--json", "print JSON")
    .action(show);
  withTerms(schedules.command("create"))
    .description("make one, and print its id; without a text, it is read from standard input")
    .argument("<name>", "what to call it")
    .argument("<expression>", "'0 9 * * MON-FRI', 'every 45m' or 'at 2026-12-24T18:00'")
    .argument("<to>", "as for send")
    .argument("[text...]", "what to send")
    .action(create);
  withTerms(schedules.command("edit"))
    .description("change one; `none` clears --max, --until and --meta")
    .argument("<schedule>", SCHEDULE)
    .option("--name <name>", "what to call it")
    .option("--expression <text>", "when it fires")
    .option("--target <to>", "where it goes")
    .option("--content <text>", "what to send; - reads standard input")
    .action(edit);
  for (const [name, about, act] of [
    ["pause", "let it fire no more until `resume`", (id: string) => patch(id, { enabled: false })],
    ["resume", "let it go on with its next time", (id: string) => patch(id, { enabled: true })],
    ["run", "send it once now, besides its times", run],
    ["delete", "end it; what it has sent stays", remove],
  ] as const) {
    schedules.command(name).description(about).argument("<schedule>", SCHEDULE).action(act);
  }
}

function withTerms(command: Command): Command {
  return command
    .addOption(new Option("--type <type>", "what kind of message it is; task by default").choices(TYPES))
    .option("--time-zone <zone>", "such as Europe/Berlin; UTC by default")
    .addOption(
      new Option("--missed <policy>", "of times while the hub was down: send none, one (by default) or each").choices([
        "skip",
        "once",
        "all",
      ]),
    )
    .addOption(new Option("--overlap <policy>", "skip: not while a task of it is open").choices(["allow", "skip"]))
    .option("--max <number>", "how often it fires at most", orNone(parsePositive))
    .option("--until <moment>", "when it expires, such as 2026-12-24T18:00:00Z", orNone(String))
    .option("--meta <name=value>", "a fact besides the text; may be given several times", orNone(collectMeta))
    .option("--persistent", "of a publication: also for who is away")
    .option("--json", "print JSON");
}

/** The word `none` clears what an option sets. Commander makes null an empty text, so it is false here. */
function orNone<T>(parse: (text: string, before: T | undefined) => T) {
  return (text: string, before: T | false | undefined) => (text === "none" ? false : parse(text, before || undefined));
}

/** The body of a request: what was given, under the names of REST. */
function bodyOf({ type: messageType, max, until, meta, json: _, ...rest }: Terms): object {
  const [maxFireCount, expiresAt, metadata] = [max, until, meta].map((value) => (value === false ? null : value));
  return { ...rest, messageType, maxFireCount, expiresAt, metadata };
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const all = await readAll();
  if (json) return printJson(all);
  const rows = all.map((schedule) => [
    schedule.scheduleId,
    clean(schedule.name),
    schedule.expression,
    schedule.target,
    schedule.nextFireAt ?? stateOf(schedule),
    schedule.lastFiring?.outcome ?? "",
  ]);
  printTable(["ID", "NAME", "WHEN", "TO", "NEXT", "LAST"], rows, "there are no schedules.");
}

async function readAll(): Promise<Schedule[]> {
  const hub = findHub(process.env);
  const all: Schedule[] = [];
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const page: SchedulePage = await askRest(hub, `/api/schedules?limit=200${cursor && `&cursor=${cursor}`}`);
    all.push(...page.items);
    cursor = page.nextCursor;
  }
  return all;
}

async function show(which: string, { json }: { json?: boolean }): Promise<void> {
  const schedule = await askRest<ScheduleDetail>(findHub(process.env), await pathOf(which));
  if (json) return printJson(schedule);
  print(paint("bold", clean(schedule.name)));
  print(
    `${schedule.expression} (${schedule.timeZone}), ${schedule.messageType} to ${schedule.target}, made by ${clean(schedule.createdBy)}`,
  );
  print(
    `${schedule.nextFireAt === null ? stateOf(schedule) : `next ${schedule.nextFireAt}`}; sent ${schedule.fireCount} times`,
  );
  print(clean(schedule.content));
  for (const firing of schedule.firings.toReversed()) print(`  ${firingLine(firing)}`);
}

function firingLine({ dueAt, firedAt, outcome, messageIds = [], note: said }: ScheduleFiring): string {
  const what = [messageIds[0], said && clean(said)].filter(Boolean).join("  ");
  return `${dueAt ?? `${firedAt} (run)`}  ${outcome.padEnd(7)}${what === "" ? "" : `  ${what}`}`;
}

function stateOf({ state }: Schedule): string {
  return state.replace("_", " ");
}

async function create(
  name: string,
  expression: string,
  target: string,
  words: string[],
  options: Terms,
): Promise<void> {
  if (parseAddress(target) === undefined) {
    throw new CliProblem(ExitCode.usage, `“${target}” is no address: quote the expression, as in '0 9 * * MON-FRI'.`);
  }
  const content = await readText(words);
  const body = { messageType: "task", ...given(bodyOf({ ...options, name, expression, target, content })) };
  const schedule = await askRest<Schedule>(findHub(process.env), "/api/schedules", "POST", body);
  if (options.json) return printJson(schedule);
  print(schedule.scheduleId);
  note(`its first time is ${schedule.nextFireAt}.`);
}

async function edit(which: string, options: Terms): Promise<void> {
  const content = options.content === "-" ? { content: await readText([]) } : {};
  const changes = given(bodyOf({ ...options, ...content }));
  if (Object.keys(changes).length === 0) {
    throw new CliProblem(ExitCode.usage, "say what to change: `cc2cc schedules edit --help` lists it.");
  }
  const schedule = await askRest<Schedule>(findHub(process.env), await pathOf(which), "PATCH", changes);
  if (options.json) return printJson(schedule);
  noteNext(schedule);
}

/** Without what was left out. */
function given(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

async function patch(which: string, changes: object): Promise<void> {
  noteNext(await askRest<Schedule>(findHub(process.env), await pathOf(which), "PATCH", changes));
}

function noteNext(schedule: Schedule): void {
  note(schedule.nextFireAt === null ? `it is ${stateOf(schedule)}.` : `its next time is ${schedule.nextFireAt}.`);
}

async function run(which: string): Promise<void> {
  const firing = await askRest<ScheduleFiring>(findHub(process.env), `${await pathOf(which)}/run`, "POST");
  for (const id of firing.messageIds ?? []) print(id);
  note(`it was sent to ${firing.recipients}.`);
}

async function remove(which: string): Promise<void> {
  await askRest(findHub(process.env), await pathOf(which), "DELETE");
  note("it is gone; what it has sent stays.");
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Where a schedule is by REST, by its id or its name. */
async function pathOf(which: string): Promise<string> {
  if (UUID.test(which)) return `/api/schedules/${which}`;
  const found = (await readAll()).filter(({ name }) => name === which);
  const [only] = found;
  if (only === undefined) throw new CliProblem(ExitCode.unknown, `no schedule is called ${which}.`);
  if (found.length > 1) {
    const ids = found.map(({ scheduleId }) => scheduleId).join(", ");
    throw new CliProblem(ExitCode.conflict, `several schedules are called ${which}: name one by its id (${ids}).`);
  }
  return `/api/schedules/${only.scheduleId}`;
}
