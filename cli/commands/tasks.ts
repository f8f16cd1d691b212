/** `tasks`, `task`: who was asked for what, how far it is, and no more of it. */
import { type Command, Option } from "commander";
import { partialOf } from "../../shared/id-parts.ts";
import { TASK_STATES } from "../../shared/task-state.ts";
import type { Task, TaskDetail, TaskPage } from "../../shared/tasks.ts";
import { findHub } from "../find-hub.ts";
import { parseMessageId, parsePositive } from "../message-options.ts";
import { agoOf, note, paint, print, printJson, printTable } from "../output.ts";
import { clean } from "../render-message.ts";
import { askRest } from "../rest.ts";

const LIMIT = 50;

interface ListOptions {
  owner?: string;
  requester?: string;
  role?: string;
  state: string;
  limit: number;
  json?: boolean;
}

export function addTasks(program: Command): void {
  program
    .command("tasks")
    .description("who was asked for what, and how far it is; the newest first")
    .option("--owner <id>", "that this instance has")
    .option("--requester <id>", "that this instance asked for")
    .option("--role <name>", "that were for any with this role")
    .addOption(
      new Option("--state <state>", "in this state, or all")
        .choices(["open", "ended", "any", ...TASK_STATES])
        .default("open"),
    )
    .option("--limit <number>", "how many at most, up to 200", parsePositive, LIMIT)
    .option("--json", "print JSON")
    .action(listTasks);
  const task = program
    .command("task")
    .description("one task, and what became of it")
    .argument("<id>", "the message that opened it", parseMessageId)
    .option("--json", "print JSON")
    .action(showTask);
  task
    .command("cancel")
    .description("end a task; its owner and who asked for it are told")
    .argument("<id>", "the message that opened it", parseMessageId)
    .option("--note <text>", "why, for who reads that it is canceled")
    .action(cancelTask);
  task
    .command("reassign")
    .description("give a task to another instance; who had it and who asked for it are told")
    .argument("<id>", "the message that opened it", parseMessageId)
    .argument("<to>", "who has it from now on: an instance's full id")
    .option("--note <text>", "why, for who reads of it")
    .action(reassignTask);
}

async function reassignTask(id: string, to: string, { note: why }: { note?: string }): Promise<void> {
  const body = { to, ...(why === undefined ? {} : { note: why }) };
  const task = await askRest<Task>(findHub(process.env), `/api/tasks/${encodeURIComponent(id)}/reassign`, "POST", body);
  note(`${task.owner ?? to} has it now; who had it and who asked for it are told.`);
}

async function listTasks({ json, ...filter }: ListOptions): Promise<void> {
  const query = new URLSearchParams(
    Object.entries(filter).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const page = await askRest<TaskPage>(findHub(process.env), `/api/tasks?${query}`);
  if (json) return printJson(page.items);
  const rows = page.items.map((task) => [
    task.taskId,
    stateOf(task),
    ownerOf(task),
    agoOf(task.openedAt, Date.now()),
    titleOf(task),
  ]);
  printTable(["ID", "STATE", "OWNER", "ASKED", "TASK"], rows, "there are no such tasks.");
  if (page.nextCursor !== undefined) note("there are more: narrow it, or raise --limit.");
}

async function showTask(id: string, { json }: { json?: boolean }): Promise<void> {
  const task = await askRest<TaskDetail>(findHub(process.env), `/api/tasks/${encodeURIComponent(id)}`);
  if (json) return printJson(task);
  print(paint("bold", titleOf(task)));
  print(
    `${stateOf(task)}; ${task.requester} asked ${ownerOf(task)}${task.dueAt === undefined ? "" : `, due ${task.dueAt}`}`,
  );
  for (const { at, state, owner, by, progress, note: said } of task.course) {
    const who = by === undefined || by === owner ? (owner ?? "nobody") : `${owner ?? "nobody"}, by ${by}`;
    const words = [progress === undefined ? "" : `${progress} %`, clean(said ?? "")].filter(Boolean).join(" ");
    print(`  ${at}  ${state.padEnd(14)} ${who}${words === "" ? "" : `  ${words}`}`);
  }
}

async function cancelTask(id: string, { note: why }: { note?: string }): Promise<void> {
  const body = why === undefined ? {} : { note: why };
  await askRest<Task>(findHub(process.env), `/api/tasks/${encodeURIComponent(id)}/cancel`, "POST", body);
  note("it is canceled; who has it and who asked for it are told.");
}

function stateOf({ state, progress, dueAt }: Task): string {
  const isLate =
    dueAt !== undefined &&
    Date.parse(dueAt) < Date.now() &&
    TASK_STATES.indexOf(state) < TASK_STATES.indexOf("completed");
  return `${state}${progress === undefined ? "" : ` ${progress} %`}${isLate ? ", late" : ""}`;
}

function ownerOf({ owner, role }: Task): string {
  return owner === undefined ? `any ${role}` : partialOf(owner);
}

/** Of a task whose message was deleted nothing is left to read. */
function titleOf({ title }: Task): string {
  return title === "" ? "(deleted)" : clean(title);
}
