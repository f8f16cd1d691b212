/** Gemini CLI in a terminal. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KEYS } from "../claude/terminal.ts";
import type { AgentClient, Home } from "./client.ts";
import { pressUntil, typeLine } from "./typing.ts";

const START_MS = 60_000;

export const GEMINI_CLIENT: AgentClient = {
  name: "gemini",
  packageName: "@google/gemini-cli",
  program: "gemini",
  binFolder: "node_modules/.bin",
  prepare: ({ home }) => {
    mkdirSync(join(home, ".gemini"), { recursive: true });
    writeFileSync(
      join(home, ".gemini", "settings.json"),
      `// what this person has set\n${JSON.stringify(SETTINGS, undefined, 2)}\n`,
    );
  },
  env: ({ modelUrl }: Home) => ({ GEMINI_API_KEY: "not-a-key", GOOGLE_GEMINI_BASE_URL: modelUrl }),
  args: (resumed) => [
    ...["-m", "gemini-2.5-flash", "--approval-mode", "yolo", "--skip-trust"],
    ...(resumed === undefined ? [] : ["--resume", resumed]),
  ],
  untilReady: (terminal) => terminal.untilShows(/Type your message/, START_MS),
  say: typeLine,
  async clear(terminal) {
    await typeLine(terminal, "/clear");
    // The first Enter takes the suggestion. What is typed before it is done belongs to the old conversation.
    await pressUntil(terminal, KEYS.enter, /^(?!.*\/clear)(?!.*before the clear).*Type your message/s);
  },
  isWoken: false,
  messageRoles: ["user", "tool"],
  // Its hook before a request is told the texts in it, and no results of tools.
  proves: "prompts",
  // It takes an answer for what its person types.
  asksTerminal: false,
  cleanUp: () => undefined,
};

const SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
};
