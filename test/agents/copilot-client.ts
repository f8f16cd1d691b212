/** Copilot CLI in a terminal, without an account. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { KEYS } from "../claude/terminal.ts";
import type { AgentClient } from "./client.ts";
import { pressUntil, typeLine } from "./typing.ts";

const START_MS = 60_000;
const PROMPT = /\/ commands|for shortcuts|@ .*mention|Enter @/;

export const COPILOT_CLIENT: AgentClient = {
  name: "copilot",
  packageName: "@github/copilot",
  program: "copilot",
  binFolder: "node_modules/.bin",
  prepare: ({ home }) => void mkdirSync(join(home, ".copilot"), { recursive: true }),
  env: ({ home, modelUrl }) => ({
    COPILOT_HOME: join(home, ".copilot"),
    COPILOT_OFFLINE: "true",
    COPILOT_AUTO_UPDATE: "false",
    COPILOT_PROVIDER_BASE_URL: `${modelUrl}/v1`,
    COPILOT_PROVIDER_TYPE: "openai",
    COPILOT_PROVIDER_API_KEY: "not-a-key",
    COPILOT_MODEL: "fake-model",
    COPILOT_PROVIDER_MAX_PROMPT_TOKENS: "100000",
    COPILOT_PROVIDER_MAX_OUTPUT_TOKENS: "4000",
  }),
  args: (resumed) => ["--allow-all-tools", "--experimental", ...(resumed === undefined ? [] : ["--resume", resumed])],
  async untilReady(terminal) {
    await terminal.untilShows("Do you trust the files", START_MS);
    await pressUntil(terminal, KEYS.enter, PROMPT);
  },
  say: typeLine,
  clear: (terminal) => typeLine(terminal, "/clear"),
  isWoken: true,
  joinsAt: "start",
  messageRoles: ["user", "tool"],
  proves: "prompts and results",
  asksTerminal: true,
  cleanUp: () => undefined,
};
