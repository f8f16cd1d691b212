/** A person's home folder as Claude Code wants it, so that no dialog stands between a test and its session. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const API_KEY = "sk-ant-api03-a-key-that-no-server-knows-0123456789";
/** By how many last characters the client knows a key that was approved. */
const APPROVED_LENGTH = 20;

export interface HomeOptions {
  modelUrl: string;
  binary: string;
  project: string;
  user: string;
  /** Of ~/.claude/settings.json. */
  settings: Record<string, unknown>;
  env: Record<string, string>;
}

export class ClientHome {
  /** All of it: the home, the project, and what tests keep beside them. */
  readonly folder: string;
  readonly home: string;
  /** Where sessions run. */
  readonly cwd: string;
  readonly env: Record<string, string>;

  constructor({ modelUrl, binary, project, user, settings, env }: HomeOptions) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), "claude-person-")));
    this.home = join(this.folder, "home");
    this.cwd = join(this.folder, project);
    mkdirSync(join(this.home, ".claude"), { recursive: true });
    mkdirSync(this.cwd);
    this.env = { ...environmentOf(modelUrl, this.home, dirname(binary)), USER: user, ...env };
    this.#write(".claude/settings.json", settings);
    this.#write(".claude.json", {
      hasCompletedOnboarding: true,
      theme: "dark",
      hasSeenAutoDefaultNotice: true,
      hasSeenAutoDefaultNudge: true,
      hasSeenAutoModeEntryWarning: true,
      customApiKeyResponses: { approved: [API_KEY.slice(-APPROVED_LENGTH)], rejected: [] },
      projects: { [this.cwd]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #write(name: string, value: unknown): void {
    writeFileSync(join(this.home, name), JSON.stringify(value, null, 2));
  }
}

/** Nothing of this run's own environment but where programs are. */
function environmentOf(modelUrl: string, home: string, binFolder: string): Record<string, string> {
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  return {
    PATH: [binFolder, ...path].join(delimiter),
    HOME: home,
    SHELL: "/bin/sh",
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    CC2CC_HOST: "laptop",
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: API_KEY,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
  };
}
