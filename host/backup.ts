/** `npm run backup`, `npm run backup:check` and `npm run restore`. */
import { homedir } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { withBackupFolder } from "./backup/archive.ts";
import { checkBackup } from "./backup/check-backup.ts";
import { describeBackup, describeCounts } from "./backup/report.ts";
import { restoreBackup } from "./backup/restore-backup.ts";
import { takeBackup } from "./backup/take-backup.ts";
import { readVersion } from "./installation.ts";
import { readSettings } from "./settings.ts";
import { StartProblem } from "./start-problem.ts";

const USAGE = {
  take: "npm run backup -- FILE.tar (or .tar.gz, or a folder) [--with-key]",
  check: "npm run backup:check -- BACKUP [--json]",
  restore: "npm run restore -- BACKUP [--into FOLDER]",
};

async function take(args: string[]): Promise<void> {
  const { values, positionals } = read(args, "take", { "with-key": { type: "boolean", default: false } });
  const target = resolve(pathOf(positionals, "take"));
  const manifest = await takeBackup({
    dataDir: ownDataDir(),
    target,
    hasKey: values["with-key"] === true,
    version: readVersion(),
  });
  console.log(`${target}: ${describeBackup(manifest)}`);
  if (manifest.pausedMs !== null) console.log(`The hub stood still for ${manifest.pausedMs} ms.`);
  console.log("Keep it as you would keep the messages themselves: it holds all of them.");
}

async function check(args: string[]): Promise<void> {
  const { values, positionals } = read(args, "check", { json: { type: "boolean", default: false } });
  const report = await withBackupFolder(resolve(pathOf(positionals, "check")), checkBackup);
  if (values.json === true) console.log(JSON.stringify(report, null, 2));
  else {
    console.log(describeBackup(report.manifest));
    for (const line of describeCounts(report)) console.log(`  ${line}`);
    console.log(
      report.problems.length === 0 ? "sound" : report.problems.map((problem) => `NOT SOUND: ${problem}`).join("\n"),
    );
  }
  if (report.problems.length > 0) process.exitCode = 1;
}

async function restore(args: string[]): Promise<void> {
  const { values, positionals } = read(args, "restore", { into: { type: "string" } });
  const dataDir = values.into === undefined ? ownDataDir() : resolve(String(values.into));
  const manifest = await withBackupFolder(resolve(pathOf(positionals, "restore")), (backup) =>
    restoreBackup(backup, dataDir),
  );
  console.log(`${dataDir}: ${describeBackup(manifest)}`);
  const hasKey = manifest.files.some((file) => file.path === "key");
  if (!hasKey)
    console.log(
      "There is no key in it: set CC2CC_HUB_API_KEY or put the old key file back, or the next start makes a new key.",
    );
}

type Options = NonNullable<Parameters<typeof parseArgs>[0]>["options"];

function read(args: string[], command: keyof typeof USAGE, options: Options) {
  try {
    return parseArgs({ args, options: options ?? {}, allowPositionals: true });
  } catch (error) {
    throw new StartProblem(`${error instanceof Error ? error.message : error}\n  ${USAGE[command]}`);
  }
}

function pathOf(positionals: string[], command: keyof typeof USAGE): string {
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new StartProblem(`name one backup:\n  ${USAGE[command]}`);
  return path;
}

function ownDataDir(): string {
  return readSettings(process.env, homedir()).dataDir;
}

/** `take`, `check` or `restore`, with its arguments. Throws a StartProblem. */
export async function runBackup(command: string | undefined, args: string[]): Promise<void> {
  // What is written here holds everyone's messages.
  process.umask(0o077);
  if (command === "take") await take(args);
  else if (command === "check") await check(args);
  else await restore(args);
}

async function main([command, ...args]: string[]): Promise<void> {
  try {
    if (args.includes("--help")) console.log(Object.values(USAGE).join("\n"));
    else await runBackup(command, args);
  } catch (error) {
    if (!(error instanceof StartProblem)) throw error;
    console.error(`cc2cc: ${error.message}`);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main(process.argv.slice(2));
