/** OpenCode in a terminal. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentClient, Home } from "./client.ts";
import { typeLine } from "./typing.ts";

/** It fetches a package for its plugins at the first start. */
const START_MS = 90_000;
const MODEL = "fake/fake-model";

export const OPENCODE_CLIENT: AgentClient = {
  name: "opencode",
  packageName: "opencode-ai",
  program: "opencode",
  // What the package itself calls is put there by a script that is not run.
  binFolder: "node_modules/opencode-linux-x64/bin",
  prepare: (home) => {
    mkdirSync(configFolder(home), { recursive: true });
    writeFileSync(join(configFolder(home), "opencode.jsonc"), configOf(home));
  },
  env: () => ({
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  }),
  // Its ids begin with `ses_`, and an id on the hub has no such character.
  args: (resumed) => (resumed === undefined ? [] : ["-s", resumed.replace("-", "_")]),
  untilReady: (terminal) => terminal.untilShows(/Ask anything|commands/, START_MS),
  say: typeLine,
  clear: (terminal) => typeLine(terminal, "/new"),
  isWoken: true,
  joinsAt: "first prompt",
  messageRoles: ["user", "tool"],
  proves: "prompts and results",
  asksTerminal: true,
  cleanUp: () => undefined,
};

function configFolder({ home }: Home): string {
  return join(home, ".config", "opencode");
}

function configOf({ modelUrl }: Home): string {
  const provider = {
    npm: "@ai-sdk/openai-compatible",
    name: "fake",
    options: { baseURL: `${modelUrl}/v1`, apiKey: "x" },
    models: { "fake-model": { name: "fake-model" } },
  };
  const config = {
    model: MODEL,
    small_model: MODEL,
    autoupdate: false,
    share: "disabled",
    provider: { fake: provider },
  };
  return `// what this person has set\n${JSON.stringify(config, undefined, 2)}\n`;
}
