/** Claude Code takes the plugin from the hub by a command of its own, and keeps the key among its own settings. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { joinArguments } from "../../shared/join-command.ts";
import type { Agent, Machine } from "./agent.ts";

const PROGRAM = "claude";
const SHOWN_KEY = "KEY";
const PLUGIN = "cc2cc@cc2cc-local";

export const CLAUDE_CODE: Agent = {
  name: "claude-code",
  title: "Claude Code",
  program: PROGRAM,
  needsProgram: false,
  join: ({ hubUrl, key }) => [
    {
      kind: "run",
      program: PROGRAM,
      args: joinArguments(hubUrl, key),
      shown: `${PROGRAM} ${joinArguments(hubUrl, SHOWN_KEY).join(" ")}`,
    },
  ],
  leave: (machine) =>
    isInstalled(machine)
      ? [run("plugin", "uninstall", PLUGIN, "-y"), run("plugin", "marketplace", "remove", "cc2cc-local")]
      : [],
  check: (machine) => [
    isInstalled(machine)
      ? { isGood: true, sentence: "the plugin is installed" }
      : { isGood: false, sentence: "the plugin is not installed: run `cc2cc join`" },
  ],
  next: "Start `claude`, and type /cc2cc to see that it is connected.",
};

function run(...args: string[]) {
  return { kind: "run" as const, program: PROGRAM, args, shown: `${PROGRAM} ${args.join(" ")}` };
}

/** Claude Code lists what is installed (seen on 2.1.332). */
function isInstalled({ home, env }: Machine): boolean {
  const path = join(env.CLAUDE_CONFIG_DIR ?? join(home, ".claude"), "plugins", "installed_plugins.json");
  return existsSync(path) && readFileSync(path, "utf8").includes(PLUGIN);
}
