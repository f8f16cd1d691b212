/** The command line: runs one command, and ends with the exit code that says how it went (docs/cli.md). */
import { CommanderError } from "commander";
import { problemOfHost } from "./commands/hub.ts";
import { note } from "./output.ts";
import { CliProblem, ExitCode, problemOfOutput } from "./problem.ts";
import { makeProgram } from "./program.ts";

/** Long enough for what has been printed to be taken. */
const EXIT_MS = 500;

export async function main(argv: readonly string[]): Promise<void> {
  // A reader that has gone ends the command, in words; commands that have something to lose listen for themselves.
  process.stdout.on("error", (error) => {
    const { exitCode, message } = problemOfOutput(error);
    // Commands that listen themselves say it, with what became of their messages.
    if (exitCode !== ExitCode.readerGone && process.stdout.listenerCount("error") === 1) note(message);
    process.exitCode = exitCode;
  });
  const program = makeProgram();
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride();
  }
  try {
    await program.parseAsync(argv.length === 0 ? ["start"] : [...argv], { from: "user" });
  } catch (error) {
    process.exitCode = describe(error);
  }
  // Whatever is still waited for somewhere, nobody here waits for it any more.
  setTimeout(() => process.exit(), EXIT_MS).unref();
}

function describe(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
  const problem = error instanceof CliProblem ? error : problemOfHost(error);
  if (problem === undefined) throw error;
  note(problem.message);
  return problem.exitCode;
}

if (import.meta.main) await main(process.argv.slice(2));
