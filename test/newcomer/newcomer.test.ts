/** Plays the README as someone does who has just found it: an empty folder, an empty home, and what the README says. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect, it, onTestFinished } from "vitest";
import { makeTempDir } from "../helpers/temp-dir.ts";

const run = promisify(execFile);
const PATIENCE_MS = 30_000;
const README = readFileSync("README.md", "utf8");
const REPOSITORY = resolve(".");

interface Newcomer {
  home: string;
  /** Where they cloned to. */
  clone: string;
  env: Record<string, string>;
}

/** The machine's own Node and npm, nothing of this checkout; packages from npm's cache where it has them. */
function makeNewcomer(): Newcomer {
  const folder = makeTempDir();
  const home = join(folder, "home");
  mkdirSync(join(home, "bin"), { recursive: true });
  const claude = join(home, "bin/claude");
  writeFileSync(claude, `#!/bin/sh\nexec node '${resolve("test/newcomer/claude-stand-in.mjs")}' "$@"\n`);
  chmodSync(claude, 0o755);
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  const npm = {
    npm_config_cache: process.env.npm_config_cache ?? join(homedir(), ".npm"),
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), ".npmrc"),
    npm_config_prefer_offline: "true",
  };
  // Any free ports: this machine may have a hub of its own.
  const ports = { CC2CC_HUB_PORT: "0", CC2CC_DASHBOARD_PORT: "0", CC2CC_BIND: "127.0.0.1" };
  return {
    home,
    clone: join(folder, "cc2cc"),
    env: { HOME: home, PATH: [join(home, "bin"), ...path].join(delimiter), ...npm, ...ports },
  };
}

/** The commands of the README's block that has this one among them. */
function commandsWith(command: string): string[] {
  const block = README.split("```").find((part) => part.startsWith("sh\n") && part.split("\n").includes(command));
  return (block ?? "").split("\n").slice(1).filter(Boolean);
}

class Hub {
  readonly #child: ChildProcess;
  output = "";

  constructor(command: string, { clone, env }: Newcomer) {
    // A group of its own, as a terminal gives it: Ctrl-C is for all of it.
    this.#child = spawn("sh", ["-c", command], { cwd: clone, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    onTestFinished(() => this.stop());
  }

  async untilPrinted(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.output)) {
      if (this.#child.exitCode !== null) throw new Error(`the hub ended: ${this.output}`);
      await Promise.race([
        once(this.#child.stdout as NonNullable<ChildProcess["stdout"]>, "data"),
        once(this.#child, "exit"),
      ]);
    }
    return pattern.exec(this.output)?.[0] ?? "";
  }

  /** Ctrl-C. npm is gone before the hub is. */
  async stop(stateFile?: string): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      process.kill(-(this.#child.pid ?? 0), "SIGINT");
      await once(this.#child, "exit");
    }
    while (stateFile !== undefined && existsSync(stateFile)) await sleep(20);
  }
}

/** A session of Claude Code with the plugin that was installed, as its manifest says. */
async function openSession({ home, env }: Newcomer, user: string) {
  const { folder, config } = JSON.parse(readFileSync(join(home, "installed-plugin.json"), "utf8"));
  const { command, args, env: wanted } = JSON.parse(readFileSync(join(folder, ".mcp.json"), "utf8")).mcpServers.cc2cc;
  const fill = (text: string) =>
    text
      .replaceAll(/\$\{CLAUDE_PLUGIN_ROOT\}/g, folder)
      .replaceAll(/\$\{user_config\.(\w+)\}/g, (_, name) => config[name] ?? "")
      .replaceAll(/\$\{(\w+):-\}/g, "");
  const filled = Object.fromEntries(
    Object.entries(wanted as Record<string, string>).map(([name, value]) => [name, fill(value)]),
  );
  const own = {
    CC2CC_USERNAME: user,
    CC2CC_PROJECT: "demo",
    CLAUDE_CODE_SESSION_ID: `session-of-${user}`,
    CLAUDE_PLUGIN_DATA: join(home, user),
  };
  mkdirSync(own.CLAUDE_PLUGIN_DATA);
  const client = new Client({ name: "claude-code", version: "2.1.330" });
  onTestFinished(() => client.close());
  await client.connect(
    new StdioClientTransport({
      command,
      args: args.map(fill),
      env: { HOME: home, PATH: env.PATH ?? "", ...filled, ...own },
      stderr: "ignore",
    }),
  );
  const call = async (name: string, input: Record<string, unknown> = {}) => {
    const result = await client.callTool({ name, arguments: input });
    const [block] = result.content as { text: string }[];
    if (result.isError === true) throw new Error(block?.text);
    return block?.text ?? "";
  };
  return { call, ask: async (name: string, input?: Record<string, unknown>) => JSON.parse(await call(name, input)) };
}

/** History follows what was accepted, and after a start what was said before the stop: it is asked until it has the state. */
async function untilInHistory(url: string, key: string, state: string): Promise<unknown> {
  for (const until = Date.now() + PATIENCE_MS; ; await sleep(100)) {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
    const found = (await answer.json()) as { state?: string };
    if (found.state === state || Date.now() > until) return found;
  }
}

it("clone, two commands, join, a message, stop, start again: all as the README says, and the data is still there", async () => {
  const newcomer = makeNewcomer();
  const { home, clone, env } = newcomer;
  await run("git", ["clone", "--quiet", REPOSITORY, clone], { env });
  const [install = "", start = ""] = commandsWith("npm start");
  expect([install, start]).toEqual(["npm install", "npm start"]);
  await run("sh", ["-c", install], { cwd: clone, env, maxBuffer: 16 * 1_048_576 });

  const hub = new Hub(start, newcomer);
  const join1 = await hub.untilPrinted(/claude plugin install .*--config api_key=\S+/);
  const key = readFileSync(join(home, ".cc2cc/key"), "utf8").trim();
  await run("sh", ["-c", join1.replace("api_key=KEY", `api_key=${key}`)], { cwd: home, env });

  const ada = await openSession(newcomer, "ada");
  const bob = await openSession(newcomer, "bob");
  const { instanceId } = await bob.ask("hub_status");
  expect(await ada.call("list_instances")).toContain(instanceId);
  const sent = await ada.ask("send_message", { to: instanceId, type: "question", content: "Is anybody there?" });
  expect(await bob.call("get_messages")).toContain("Is anybody there?");

  const stateFile = join(home, ".cc2cc/hub.json");
  const stateOf = () => JSON.parse(readFileSync(stateFile, "utf8")) as { url: string };
  const { url } = stateOf();
  await hub.stop(stateFile);
  await expect(fetch(`${url}/health`)).rejects.toThrow();

  const again = new Hub(start, newcomer);
  await again.untilPrinted(/ is running/);
  expect(readFileSync(join(home, ".cc2cc/key"), "utf8").trim()).toBe(key);
  const kept = await untilInHistory(`${stateOf().url}/api/messages/${sent.messageId}`, key, "acked");
  expect(kept).toMatchObject({ content: "Is anybody there?", to: instanceId, state: "acked" });
  await again.stop(stateFile);
  rmSync(clone, { recursive: true });
});
