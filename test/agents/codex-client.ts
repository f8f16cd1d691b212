/** Codex in a terminal. Plain `codex` starts a daemon that runs the sessions of all windows. */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KEYS } from "../claude/terminal.ts";
import type { AgentClient, Home } from "./client.ts";
import { press, pressUntil, typeLine } from "./typing.ts";

const START_MS = 60_000;

export const CODEX_CLIENT: AgentClient = {
  name: "codex",
  packageName: "@openai/codex",
  program: "codex",
  binFolder: "node_modules/.bin",
  prepare: (home) => {
    mkdirSync(codexHome(home), { recursive: true });
    writeFileSync(configPath(home), configOf(home));
  },
  env: (home) => ({ CODEX_HOME: codexHome(home), FAKE_KEY: "x" }),
  args: (resumed) => [...(resumed === undefined ? [] : ["resume", resumed]), "--no-alt-screen"],
  async untilReady(terminal, home) {
    // Asked once, after the first frame: from then on its own file says what is trusted.
    if (!readFileSync(configPath(home), "utf8").includes("[hooks.state")) {
      await terminal.untilShows("Trust all and continue", START_MS);
      await pressUntil(terminal, "2", "› 2.");
      await press(terminal, KEYS.enter);
    }
    await terminal.untilShows(/^(?!.*Trust all).*for agents/s, START_MS);
  },
  say: typeLine,
  clear: (terminal) => typeLine(terminal, "/clear"),
  isWoken: true,
  joinsAt: "start",
  messageRoles: ["developer", "tool"],
  proves: "prompts and results",
  asksTerminal: true,
  cleanUp: (home) => stopDaemon(home),
};

function codexHome({ home }: Home): string {
  return join(home, ".codex");
}

function configPath(home: Home): string {
  return join(codexHome(home), "config.toml");
}

/** It outlives the windows that it has served, and so does the program that would update it. */
function stopDaemon({ folder }: Home): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/exe`).startsWith(folder)) process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended meanwhile, or is another user's.
    }
  }
}

function configOf({ cwd, modelUrl }: Home): string {
  return `# what this person has set
model = "fake-model"
model_provider = "fake"
check_for_update_on_startup = false

[model_providers.fake]
name = "fake"
base_url = "${modelUrl}/v1"
wire_api = "responses"
env_key = "FAKE_KEY"
requires_openai_auth = false
supports_websockets = false
request_max_retries = 0
stream_max_retries = 0

[projects."${cwd}"]
trust_level = "trusted"

[analytics]
enabled = false
`;
}
