/** `service`: the hub as a service of this user. What is written is shown first. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { SETTING_NAMES } from "../../host/settings.ts";
import { note, print } from "../output.ts";
import { CliProblem, ExitCode } from "../problem.ts";
import { adviceFor, planService, type ServicePlan } from "../service-plan.ts";

interface ServiceOptions {
  yes?: boolean;
}

export function addService(program: Command): void {
  const service = program.command("service").description("run the hub as a service of this user");
  service
    .command("install")
    .description("write and start the service, with the CC2CC_* settings of this environment")
    .option("-y, --yes", "do it without asking")
    .action(install);
  service
    .command("uninstall")
    .description("stop the service and take it away; the data stays")
    .option("-y, --yes", "do it without asking")
    .action(uninstall);
}

async function install(options: ServiceOptions): Promise<void> {
  const plan = planHere();
  print(`${plan.path}:\n\n${plan.text}`);
  for (const command of plan.enable) print(`$ ${command.join(" ")}`);
  if (process.env.CC2CC_HUB_API_KEY)
    note("CC2CC_HUB_API_KEY is not written there: the service takes the key of its data folder.");
  await confirmOrEnd(options, "Write it and run these?");
  mkdirSync(dirname(plan.path), { recursive: true });
  writeFileSync(plan.path, plan.text, { mode: 0o600 });
  runAll(plan.enable);
  note(`the hub is a service now. ${plan.notes.join(" ")}`);
}

async function uninstall(options: ServiceOptions): Promise<void> {
  const plan = planHere();
  if (!existsSync(plan.path)) throw new CliProblem(ExitCode.unknown, `there is no ${plan.path}.`);
  for (const command of plan.disable) print(`$ ${command.join(" ")}`);
  print(`$ rm ${plan.path}`);
  await confirmOrEnd(options, "Run these?");
  runAll(plan.disable);
  rmSync(plan.path);
  note("the service is gone; the data folder stays as it is.");
}

function planHere(): ServicePlan {
  const facts = {
    platform: process.platform,
    home: homedir(),
    node: process.execPath,
    program: resolve(process.argv[1] ?? ""),
    env: settingsHere(),
    uid: process.getuid?.() ?? 0,
  };
  const plan = planService(facts);
  if (plan === undefined) throw new CliProblem(ExitCode.failed, adviceFor(process.platform, facts));
  return plan;
}

/** Without the key: the file is read by tools that keep copies. */
function settingsHere(): Record<string, string> {
  const names = SETTING_NAMES.filter((name) => name !== "CC2CC_HUB_API_KEY");
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] ?? ""]])),
  );
}

async function confirmOrEnd({ yes }: ServiceOptions, question: string): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY)
    throw new CliProblem(ExitCode.usage, "nothing was done: --yes does it where nobody can be asked.");
  const { confirm } = await import("@clack/prompts");
  const answer = await confirm({ message: question, output: process.stderr });
  if (answer !== true) throw new CliProblem(ExitCode.interrupted, "nothing was done.");
}

function runAll(commands: readonly (readonly string[])[]): void {
  for (const [program = "", ...args] of commands) {
    const { status, error } = spawnSync(program, args, { stdio: "inherit" });
    if (status !== 0)
      throw new CliProblem(
        ExitCode.failed,
        `${program} failed (${error?.message ?? `exit code ${status}`}), for the reason above.`,
      );
  }
}
