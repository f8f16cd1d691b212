/** Every command there is. docs/cli.md is for whoever reads them at length. */
import { Argument, Command } from "commander";
import { readVersion } from "../host/installation.ts";
import { addAsk } from "./commands/ask.ts";
import { addClaims } from "./commands/claims.ts";
import { addHub } from "./commands/hub.ts";
import { addInbox } from "./commands/inbox.ts";
import { addJoin } from "./commands/join.ts";
import { addKeys } from "./commands/keys.ts";
import { addListen } from "./commands/listen.ts";
import { addPauses } from "./commands/pauses.ts";
import { addReaders } from "./commands/read.ts";
import { addSchedules } from "./commands/schedules.ts";
import { addSend } from "./commands/send.ts";
import { addService } from "./commands/service.ts";
import { addTail } from "./commands/tail.ts";
import { addTasks } from "./commands/tasks.ts";
import { addSubscribe } from "./commands/topics.ts";
import { completionScript, SHELLS, type Shell } from "./completion.ts";
import { print } from "./output.ts";

export function makeProgram(): Command {
  const program = new Command("cc2cc")
    .description("Typed, durable messages between coding-agent sessions on a LAN. Without a command, it runs the hub.")
    .version(readVersion())
    .configureHelp({ sortSubcommands: false })
    .showSuggestionAfterError()
    // What stands behind a command of a command is that one's own: `schedules list --json`.
    .enablePositionalOptions();
  program.commandsGroup("The hub of this machine:");
  addHub(program);
  addService(program);
  addJoin(program);
  addKeys(program);
  program.commandsGroup("As an instance:");
  addSend(program);
  addAsk(program);
  addListen(program);
  addSubscribe(program);
  program.commandsGroup("To read:");
  addReaders(program);
  addInbox(program);
  addTasks(program);
  addClaims(program);
  addSchedules(program);
  addTail(program);
  program.commandsGroup("To hold up:");
  addPauses(program);
  program.commandsGroup("Besides:");
  program
    .command("completion")
    .description("print a script that completes these commands in a shell")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action((shell: Shell) => print(completionScript(program, shell).trimEnd()));
  return program;
}
