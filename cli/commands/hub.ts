/** The hub of this machine: start, stop, how it is, and what keeps it well. All of `host/` is loaded when it is needed. */
import { homedir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { readHubState } from "../../host/data-dir.ts";
import { readSettings } from "../../host/settings.ts";
import { StartProblem } from "../../host/start-problem.ts";
import type { JournalStats } from "../../shared/history.ts";
import type { InstanceInfo } from "../../shared/message.ts";
import { findHub } from "../find-hub.ts";
import { note, print, printJson } from "../output.ts";
import { CliProblem, ExitCode } from "../problem.ts";
import { askRest } from "../rest.ts";

const STOP_WAIT_MS = 15_000;
const STOP_CHECK_MS = 50;

export function addHub(program: Command): void {
  program
    .command("start")
    .description("run the hub here, until Ctrl-C, as `cc2cc` alone does; its settings are CC2CC_* variables")
    .action(async () => (await import("../../host/run-hub.ts")).runHub());
  program.command("stop").description("stop the hub of this machine").action(stopHub);
  program
    .command("link")
    .description("print a link that signs a browser in to the dashboard, once, within ten minutes")
    .action(async () => {
      findRunning("start it with `cc2cc`, or set CC2CC_DATA_DIR to the folder of the one that runs");
      await (await import("../../host/link.ts")).printLink();
    });
  program
    .command("doctor")
    .description("look at all that a hub needs, and say what to do")
    .option("--json", "print JSON")
    .action(async ({ json }: { json?: boolean }) =>
      (await import("../../host/doctor.ts")).report({ isJson: json === true }),
    );
  program
    .command("backup")
    .description("copy the data of this machine's hub while it runs")
    .argument("<target>", "a .tar or .tar.gz file, or a folder")
    .option("--with-key", "put the key in too")
    .option("--check", "look whether an existing backup is sound instead")
    .option("--json", "with --check: print JSON")
    .action(backUp);
  program
    .command("restore")
    .description("bring a backup back, into a folder that no hub uses")
    .argument("<backup>")
    .option("--into <folder>", "instead of the data folder")
    .action(async (backup: string, { into }: { into?: string }) => {
      await runBackup("restore", [backup, ...(into === undefined ? [] : ["--into", into])]);
    });
}

interface BackupOptions {
  withKey?: boolean;
  check?: boolean;
  json?: boolean;
}

async function backUp(target: string, { withKey, check, json }: BackupOptions): Promise<void> {
  if (check) await runBackup("check", [target, ...(json ? ["--json"] : [])]);
  else await runBackup("take", [target, ...(withKey ? ["--with-key"] : [])]);
}

async function runBackup(command: string, args: string[]): Promise<void> {
  await (await import("../../host/backup.ts")).runBackup(command, args);
}

/** The hub of this machine's data folder; a CliProblem, with what to do about it, where none runs. */
function findRunning(remedy?: string): { pid: number } {
  const { dataDir } = readSettings(process.env, homedir());
  const state = readHubState(dataDir);
  if (state !== undefined && isRunning(state.pid)) return state;
  throw new CliProblem(ExitCode.away, `no hub runs on ${dataDir}${remedy === undefined ? "" : `: ${remedy}`}.`);
}

async function stopHub(): Promise<void> {
  const state = findRunning();
  process.kill(state.pid, "SIGTERM");
  for (const until = Date.now() + STOP_WAIT_MS; isRunning(state.pid); await sleep(STOP_CHECK_MS)) {
    if (Date.now() > until) throw new CliProblem(ExitCode.failed, `the hub (pid ${state.pid}) does not end.`);
  }
  note("the hub has stopped.");
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

interface Health {
  status: string;
  connectedInstances: number;
  uptime: number;
  version: string;
}

/** `status` without an id. */
export async function showHub({ json }: { json?: boolean }): Promise<void> {
  const hub = findHub(process.env);
  const health = await askRest<Health>(hub, "/health");
  const stats = await askRest<JournalStats>(hub, "/api/stats");
  const instances = await askRest<InstanceInfo[]>(hub, "/api/instances");
  const online = instances.filter(({ status }) => status === "online").length;
  const facts = {
    url: hub.url.origin,
    ...health,
    online,
    known: instances.length,
    queued: stats.queuedTotal,
    messagesToday: stats.messagesToday,
    unanswered: stats.unanswered,
  };
  if (json) return printJson(facts);
  print(`cc2cc ${health.version} at ${facts.url} is ${health.status}, for ${describeSpan(health.uptime)}`);
  print(
    `${online} of ${facts.known} instances online, ${facts.queued} messages waiting, ${facts.messagesToday} sent today, ${facts.unanswered} unanswered`,
  );
}

function describeSpan(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  return seconds < 7_200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`;
}

/** What the parts of `host/` throw for people, as the commands do. */
export function problemOfHost(error: unknown): CliProblem | undefined {
  return error instanceof StartProblem ? new CliProblem(ExitCode.failed, error.message) : undefined;
}
