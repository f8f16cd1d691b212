/** Qwen Code in a terminal, started so that a file can wake it. It wants Node 22: that of this run is newer. */
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AgentClient } from "./client.ts";
import { typeLine } from "./typing.ts";

const START_MS = 60_000;

export const QWEN_CLIENT: AgentClient = {
  name: "qwen",
  packageName: "@qwen-code/qwen-code",
  program: "qwen",
  binFolder: "node_modules/.bin",
  prepare: ({ home }) => {
    mkdirSync(join(home, ".qwen"), { recursive: true });
    writeFileSync(join(home, ".qwen", "settings.json"), `${JSON.stringify(SETTINGS, undefined, 2)}\n`);
  },
  env: ({ modelUrl }) => ({
    PATH: [dirname(process.execPath), process.env.PATH].join(":"),
    OPENAI_API_KEY: "not-a-key",
    OPENAI_BASE_URL: `${modelUrl}/v1`,
    OPENAI_MODEL: "fake-model",
  }),
  args: (resumed, { folder }) => {
    const inputFile = join(folder, `input-${randomUUID()}.jsonl`);
    writeFileSync(inputFile, "");
    return ["--yolo", "--input-file", inputFile, ...(resumed === undefined ? [] : ["--resume", resumed])];
  },
  untilReady: (terminal) => terminal.untilShows(/Type your message/, START_MS),
  say: typeLine,
  clear: (terminal) => typeLine(terminal, "/clear"),
  joinsAt: "start",
  isWoken: true,
  messageRoles: ["user", "tool"],
  proves: "nothing",
  asksTerminal: true,
  cleanUp: () => undefined,
};

const SETTINGS = {
  security: { auth: { selectedType: "openai" }, folderTrust: { enabled: false } },
  general: { enableAutoUpdate: false },
  privacy: { usageStatisticsEnabled: false },
};
