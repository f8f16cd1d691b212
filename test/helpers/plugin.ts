/** The built plugin as Claude Code runs it: a process, MCP on its stdin and stdout, hooks beside it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { RequestOptions } from "@modelcontextprotocol/sdk/shared/protocol.js";
import { NotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { buildIfStale, PLUGIN_BUNDLE } from "../../host/bundles.ts";
import type { HubAddress } from "./test-socket.ts";
import { Conditions } from "./until.ts";

const ROOT = join(import.meta.dirname, "..", "..");
export const SERVER = join(ROOT, PLUGIN_BUNDLE.outDir, PLUGIN_BUNDLE.entry);
const HOOK = join(ROOT, "plugin/hooks/hook.mjs");

/** The Node of whoever installs the plugin may be as old as 18: CC2CC_TEST_PLUGIN_NODE names one to run it with. */
const NODE = process.env.CC2CC_TEST_PLUGIN_NODE ?? process.execPath;
const FAKE_CLAUDE = `require("node:child_process").spawn(process.execPath, [${JSON.stringify(SERVER)}], { stdio: "inherit" })`;

const ChannelNotification = NotificationSchema.extend({
  method: z.literal("notifications/claude/channel"),
  params: z.object({ content: z.string(), meta: z.record(z.string(), z.string()) }),
});
export type ChannelEvent = z.infer<typeof ChannelNotification>["params"];

export interface PluginOptions {
  hub: HubAddress;
  dataDir: string;
  session: string;
  env?: Record<string, string>;
  user?: string;
  project?: string;
  /** Starts it as the child of a program with these arguments, as if that were Claude Code. */
  claudeArgs?: string[];
}

export interface ToolResult {
  isError: boolean;
  text: string;
  /** The text as JSON; undefined where it is a sentence. */
  json: unknown;
}

/** Builds what the tests start, once it is stale. */
export async function buildPlugin(): Promise<void> {
  await buildIfStale(ROOT, PLUGIN_BUNDLE);
}

export class TestPlugin {
  readonly client = new Client({ name: "claude-code", version: "2.1.330" });
  /** Pushed by channel, in their order. */
  readonly events: ChannelEvent[] = [];
  stderr = "";
  readonly #options: PluginOptions;
  readonly #transport: StdioClientTransport;
  readonly #conditions = new Conditions();

  private constructor(options: PluginOptions) {
    this.#options = options;
    this.#transport = new StdioClientTransport({
      command: NODE,
      args: options.claudeArgs === undefined ? [SERVER] : ["-e", FAKE_CLAUDE, "--", ...options.claudeArgs],
      env: environmentOf(options),
      stderr: "pipe",
    });
    this.#transport.stderr?.on("data", (chunk: Buffer) => {
      this.stderr += chunk.toString();
      this.#conditions.changed();
    });
    this.client.setNotificationHandler(ChannelNotification, ({ params }) => {
      this.events.push(params);
      this.#conditions.changed();
    });
  }

  /** A plugin that its client has initialized. Whether the hub took it is another question: see `untilConnected`. */
  static async start(options: PluginOptions): Promise<TestPlugin> {
    const plugin = new TestPlugin(options);
    onTestFinished(() => plugin.client.close());
    await plugin.client.connect(plugin.#transport);
    return plugin;
  }

  /** The host stops reading the log: what the plugin writes there fails from now on. */
  closeLog(): void {
    (this.#transport.stderr as Readable | null)?.destroy();
  }

  get dataDir(): string {
    return this.#options.dataDir;
  }

  get pid(): number {
    return this.#transport.pid ?? 0;
  }

  async call(name: string, args: Record<string, unknown> = {}, options: RequestOptions = {}): Promise<ToolResult> {
    const result = await this.client.callTool({ name, arguments: args }, undefined, options);
    const [block] = result.content as { text: string }[];
    const text = block?.text ?? "";
    return { isError: result.isError === true, text, json: /^[[{]/.test(text) ? JSON.parse(text) : undefined };
  }

  /** The result of a call that must succeed. */
  async ask<T = Record<string, unknown>>(name: string, args: Record<string, unknown> = {}): Promise<T> {
    const { isError, text, json } = await this.call(name, args);
    if (isError) throw new Error(`${name} failed: ${text}`);
    return json as T;
  }

  /** Resolves with the id under which the hub knows it. */
  async untilConnected(as = ""): Promise<string> {
    const isConnected = () => this.stderr.includes(`connected as ${as}`);
    await this.until(isConnected, "the connection");
    return (await this.ask<{ instanceId: string }>("hub_status")).instanceId;
  }

  until(isTrue: () => boolean, what: string): Promise<void> {
    return this.#conditions.until(isTrue, () => `${what}; ${this.events.length} events; log: ${this.stderr}`);
  }

  /** Runs a hook as Claude Code does; resolves with what it printed. `stop` ends it as Claude Code does. */
  hook(
    event: string,
    input: Record<string, unknown> = {},
    env: Record<string, string> = {},
    stop?: AbortSignal,
  ): Promise<unknown> {
    const payload = { session_id: this.#options.session, cwd: "/", permission_mode: "default", ...input };
    const surroundings = { CLAUDE_PLUGIN_DATA: this.#options.dataDir, ...env };
    return runHook({ hook_event_name: event, ...payload }, surroundings, [], stop);
  }
}

/** `args`: the name of the agent that runs it, where that is not Claude Code. A hook that is stopped has printed nothing. */
export async function runHook(
  input: unknown,
  env: Record<string, string>,
  args: string[] = [],
  stop?: AbortSignal,
): Promise<unknown> {
  const child = spawn(NODE, [HOOK, ...args], { env, stdio: ["pipe", "pipe", "inherit"] });
  stop?.addEventListener("abort", () => child.kill("SIGTERM"));
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stdin.end(JSON.stringify(input));
  const [code] = await once(child, "close");
  if (code !== 0 && !stop?.aborted) throw new Error(`the hook ended with ${code}`);
  return output === "" ? null : JSON.parse(output);
}

/** As `.mcp.json` makes it, the user's configuration left empty. */
function environmentOf({ hub, dataDir, session, env, user, project }: PluginOptions): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what Claude Code leaves of a variable that is not set
    CC2CC_CONFIG_HUB_URL: "${user_config.hub_url}",
    CC2CC_CONFIG_API_KEY: "",
    CC2CC_HUB_URL: hub.url,
    CC2CC_API_KEY: hub.key,
    CC2CC_USERNAME: user ?? "ada",
    CC2CC_HOST: "desk",
    CC2CC_PROJECT: project ?? "shop",
    CLAUDE_CODE_SESSION_ID: session,
    CLAUDE_PLUGIN_DATA: dataDir,
    ...env,
  };
}
