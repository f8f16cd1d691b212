/** Someone with Claude Code on their machine: an empty home, a scripted model, and the plugin as the hub hands it out. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { inject } from "vitest";
import type { RunningHub } from "../helpers/hub.ts";
import { ClientHome } from "./client-home.ts";
import { FakeModel } from "./fake-model.ts";
import { ClaudeSession } from "./session.ts";
import { recordOf, shownTexts } from "./transcripts.ts";

export interface PersonOptions {
  /** Of ~/.claude/settings.json. Where nothing is said of permissions, the plugin's tools and Bash are allowed. */
  settings?: Record<string, unknown>;
  env?: Record<string, string>;
  project?: string;
  /** What `claude plugin install` is given in place of the hub's key. */
  key?: string;
  /** Options that it is given other values for than are printed. */
  config?: Record<string, string>;
}

const ALLOWED = { permissions: { defaultMode: "default", allow: ["mcp__plugin_cc2cc_cc2cc", "Bash"] } };

export interface Ended {
  code: number | null;
  output: string;
}

export class Person {
  readonly model: FakeModel;
  readonly home: ClientHome;
  readonly binary: string;
  readonly project: string;
  readonly sessions: ClaudeSession[] = [];

  private constructor(model: FakeModel, { settings, env = {}, project }: PersonOptions) {
    this.model = model;
    this.binary = inject("claudeBinary");
    this.project = project ?? `p-${randomUUID().slice(0, 8)}`;
    this.home = new ClientHome({
      modelUrl: model.url,
      binary: this.binary,
      project: this.project,
      user: "ada",
      settings: { ...ALLOWED, ...settings },
      env,
    });
  }

  /** With nothing installed yet. */
  static async come(options: PersonOptions = {}): Promise<Person> {
    return new Person(await FakeModel.start(), options);
  }

  /** Runs what the hub printed when it started. */
  async install(hub: RunningHub, { key = hub.key, config = {} }: PersonOptions): Promise<Ended> {
    const printed = /claude plugin install .*/.exec(hub.output)?.[0] ?? "";
    const given = Object.entries({ ...config, api_key: key });
    const line = given.reduce((before, [name, value]) => withOption(before, name, value), printed);
    const ended = await this.#run("sh", ["-c", line]);
    if (ended.code !== 0) throw new Error(`${line} failed: ${ended.output}`);
    return ended;
  }

  /** A command of the client that is not a session: `plugin …`, `mcp …`, or `-p …`. */
  claude(...args: string[]): Promise<Ended> {
    return this.#run(this.binary, args);
  }

  /** A session on the screen that takes input. */
  async open(args: readonly string[] = [], id: string = randomUUID()): Promise<ClaudeSession> {
    const ids = args.some((arg) => arg === "--resume" || arg === "--continue") ? [] : ["--session-id", id];
    const session = new ClaudeSession([this.binary, ...ids, ...args], { home: this.home, model: this.model, id });
    this.sessions.push(session);
    await session.untilReady();
    return session;
  }

  resume(session: ClaudeSession, args: readonly string[] = []): Promise<ClaudeSession> {
    return this.open(["--resume", session.id, ...args], session.id);
  }

  /** As the hub knows a session. */
  addressOf(sessionId: string): string {
    return `ada@laptop:${this.project}/${sessionId}`;
  }

  /** What the transcripts hold of what the model was shown. */
  get shown(): string[] {
    return shownTexts(this.home.home);
  }

  /** All that the transcripts hold. */
  get recorded(): string {
    return recordOf(this.home.home);
  }

  async leave(): Promise<void> {
    for (const session of this.sessions) await session.end();
    this.model.stop();
    this.home.remove();
  }

  async #run(command: string, args: readonly string[]): Promise<Ended> {
    const { cwd, env } = this.home;
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const [code] = await once(child, "close");
    return { code, output };
  }
}

function withOption(line: string, name: string, value: string): string {
  const others = line.replace(new RegExp(` --config ${name}=\\S*`), "");
  return `${others} --config ${name}=${value}`;
}
