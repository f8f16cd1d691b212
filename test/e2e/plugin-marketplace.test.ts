import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { shareHub } from "../helpers/test-hub.ts";

const hub = shareHub();

interface Marketplace {
  name: string;
  plugins: { name: string; source: { source: string; command: string } }[];
}

async function commandOf(url: string): Promise<string> {
  const { plugins } = (await (await fetch(`${url}/marketplace.json`)).json()) as Marketplace;
  return plugins[0]?.source.command ?? "";
}

/** The marketplace's command as people paste it, who give their key. */
async function installCommand(key: string): Promise<string> {
  return (await commandOf(hub().url)).replace(";fetch", `;globalThis.KEY='${key}';fetch`);
}

/** A temporary folder of this file's own, so that nothing of another run is in it. */
const TEMPORARY = mkdtempSync(join(tmpdir(), "cc2cc-test-"));
afterAll(() => rmSync(TEMPORARY, { recursive: true, force: true }));

/** Runs a marketplace's command as Claude Code does: through the shell, from the home folder. */
async function run(command: string, home: string): Promise<string> {
  const env = { HOME: home, PATH: process.env.PATH ?? "", TMPDIR: TEMPORARY };
  const { stdout } = await promisify(execFile)("sh", ["-c", command], { cwd: home, env });
  return stdout;
}

it("is a marketplace by the same name as the clone's, of a command that fits", async () => {
  const answer = await fetch(`${hub().url}/marketplace.json`);
  expect(answer.headers.get("content-type")).toContain("application/json");
  const { name, plugins } = (await answer.json()) as Marketplace;
  const local = JSON.parse(readFileSync(".claude-plugin/marketplace.json", "utf8")) as Marketplace;
  expect([name, plugins[0]?.name]).toEqual([local.name, local.plugins[0]?.name]);
  expect(plugins[0]?.source.source).toBe("command");
  expect(plugins[0]?.source.command).toMatch(/^[\x20-\x7e]{1,500}$/);
  expect(plugins[0]?.source.command).toContain(hub().url);
});

it("gives an empty home folder the whole plugin, and prints where it is", async () => {
  const home = makeTempDir();
  const command = await commandOf(hub().url);
  const folder = (await run(command, home)).trim();
  expect(folder).toMatch(/cc2cc-plugin-\w+\/plugin$/);
  expect(statSync(join(folder, "..")).mode & 0o077).toBe(0);
  for (const file of [
    ".claude-plugin/plugin.json",
    ".mcp.json",
    "hooks/hooks.json",
    "hooks/hook.mjs",
    "hooks/server-of.mjs",
    "commands/cc2cc.md",
    "dist/server.mjs",
    "skills/cc2cc/SKILL.md",
  ]) {
    expect(readFileSync(join(folder, file), "utf8")).toBe(readFileSync(join("plugin", file), "utf8"));
  }
  // Claude Code has copied it: the next run keeps no old one, and the home folder was never written to.
  utimesSync(join(folder, ".."), 0, 0);
  expect((await run(command, home)).trim()).not.toBe(folder);
  expect(existsSync(folder)).toBe(false);
  expect(readdirSync(home)).toEqual([]);
});

it("installs the plugin itself where a Claude Code cannot run a marketplace's command", async () => {
  const home = makeTempDir();
  const bin = makeTempDir();
  writeFileSync(join(bin, "claude"), `#!/bin/sh\necho "claude $@"\n`, { mode: 0o755 });
  const command = await installCommand(hub().key);
  const output = await run(`PATH=${bin}:$PATH; ${command}`, home);
  expect(output.split("\n")).toEqual([
    `claude plugin marketplace add ${join(home, ".cc2cc/marketplace")}`,
    "claude plugin install cc2cc@cc2cc-local",
    "Installed. Put this into your shell's profile:",
    `  export CC2CC_HUB_URL=${hub().url} CC2CC_API_KEY=${hub().key}`,
    "",
  ]);
});

it("installs nothing with a key that the hub does not take, or without Claude Code, and says so", async () => {
  const bin = makeTempDir();
  symlinkSync(process.execPath, join(bin, "node"));
  const runAlone = async (key: string) => run(`PATH=${bin}; ${await installCommand(key)}`, makeTempDir());
  await expect(runAlone("k")).rejects.toThrow("does not take this key: compare it with ~/.cc2cc/key there.");
  await expect(runAlone(hub().key)).rejects.toThrow("there is no `claude` on the PATH: install Claude Code");
});

it("takes nothing that is not what was announced, or that leaves its folder", async () => {
  const script = await (await fetch(`${hub().url}/plugin/install.mjs`)).text();
  const command = await commandOf(hub().url);
  const serve = async (pack: string, sha256: string) => {
    const files: Record<string, string> = {
      "/plugin/install.mjs": script,
      "/plugin/latest.json": JSON.stringify({ pack: "plugin/pack.json", sha256 }),
      "/plugin/pack.json": pack,
    };
    const server = createServer((request, response) => response.end(files[request.url ?? ""]));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return command.replace(hub().url, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  };
  const other = await serve(JSON.stringify({ "plugin/a": "x" }), "0".repeat(64));
  await expect(run(other, makeTempDir())).rejects.toThrow(/not what the hub announced/);
  const evil = JSON.stringify({ "../../evil": "x" });
  const escaping = await serve(evil, createHash("sha256").update(evil).digest("hex"));
  await expect(run(escaping, makeTempDir())).rejects.toThrow(/outside its folder/);
});
