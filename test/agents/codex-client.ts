/** Codex in a terminal. Plain `codex` starts a daemon that runs the sessions of all windows. */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KEYS, type Terminal } from "../claude/terminal.ts";
import type { AgentClient, Home } from "./client.ts";

const START_MS = 60_000;
const PASTE_MS = 400;
const TRIES = 20;
const TRY_MS = 500;

export const CODEX_CLIENT: AgentClient = {
  name: "codex",
  packageName: "@openai/codex",
  program: "codex",
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
  say,
  clear: (terminal) => say(terminal, "/clear"),
  wakesUntouched: true,
  messageRoles: ["developer", "tool"],
  cleanUp: (home) => stopDaemon(home),
};

async function say(terminal: Terminal, text: string): Promise<void> {
  terminal.press(text);
  await terminal.untilShows(text);
  await press(terminal, KEYS.enter);
}

/** A dialog that has just been drawn takes no keys yet. */
async function pressUntil(terminal: Terminal, key: string, text: string): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    terminal.press(key);
    if (
      await terminal.untilShows(text, TRY_MS).then(
        () => true,
        () => false,
      )
    )
      return;
  }
  await terminal.untilShows(text);
}

/** As long after other keys as a person takes: what comes faster is taken for a paste, in which Enter is a line break. */
async function press(terminal: Terminal, key: string): Promise<void> {
  await sleep(PASTE_MS);
  terminal.press(key);
}

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
