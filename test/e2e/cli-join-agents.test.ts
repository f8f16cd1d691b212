/** What joining writes into the files of the coding agents on a machine, and that it comes away again. */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { expect, it } from "vitest";
import { joinByNode } from "../../shared/join-command.ts";
import { CliUser } from "../helpers/cli.ts";
import { shareHub } from "../helpers/test-hub.ts";

const hub = shareHub();

/** A machine with stand-ins for these programs, that has files of its own in Codex's folder. */
async function makeMachine(...programs: string[]) {
  const user = await CliUser.make();
  const bin = join(user.home, "bin");
  mkdirSync(bin);
  for (const name of programs) {
    writeFileSync(join(bin, name), "#!/bin/sh\n");
    chmodSync(join(bin, name), 0o755);
  }
  user.env.PATH = `${bin}${delimiter}${user.env.PATH}`;
  const paths = { config: join(user.home, ".codex/config.toml"), hooks: join(user.home, ".codex/hooks.json") };
  const read = (name: keyof typeof paths) => readFileSync(paths[name], "utf8");
  const run = (...args: string[]) => user.run(["join", ...args], { input: hub().key });
  return { user, paths, read, run };
}

const CONFIG = '# mine\nmodel = "o3"\n';
const HOOKS = '{\n\t"hooks": { "Stop": [] } // mine\n}\n';

async function makeCodexMachine(...others: string[]) {
  const machine = await makeMachine("codex", ...others);
  mkdirSync(join(machine.user.home, ".codex"));
  writeFileSync(machine.paths.config, CONFIG);
  writeFileSync(machine.paths.hooks, HOOKS);
  return machine;
}

it("shows the lines that it would write into Codex's files, and writes none", async () => {
  const { read, run, paths } = await makeCodexMachine();
  const { code, stdout } = await run(hub().url);
  expect(code).toBe(0);
  expect(stdout).toContain(`change ${paths.config}\n  + [mcp_servers.cc2cc]`);
  expect(stdout).toContain(`change ${paths.hooks}`);
  expect([read("config"), read("hooks")]).toEqual([CONFIG, HOOKS]);
});

it("joins Codex, with a key in no file of Codex's, and gives every file back as it was", async () => {
  const { user, paths, read, run } = await makeCodexMachine();
  const joined = await run(hub().url, "--yes");
  expect(joined.code, joined.stderr).toBe(0);
  expect(joined.stderr).toContain("Trust all and continue");
  expect(read("config").startsWith(CONFIG)).toBe(true);
  expect(read("config") + read("hooks")).not.toContain(hub().key);
  expect(read("hooks")).toContain("// mine");
  const server = join(user.home, ".cc2cc/agents/dist/server.mjs");
  expect(read("config")).toContain(server);
  expect(statSync(server).size).toBeGreaterThan(100_000);
  expect(readFileSync(`${paths.config}.before-cc2cc`, "utf8")).toBe(CONFIG);

  const again = await run(hub().url, "--yes");
  expect([again.code, again.stdout]).toEqual([0, ""]);

  expect(await run("--undo", "--yes")).toMatchObject({ code: 0 });
  expect([read("config"), read("hooks")]).toEqual([CONFIG, HOOKS]);
  for (const gone of [`${paths.config}.before-cc2cc`, join(user.home, ".cc2cc/agents")])
    expect(existsSync(gone)).toBe(false);
  expect(await user.run(["instances"])).toMatchObject({ code: 3 });
});

it("takes only its own away where Codex and its person have gone on writing, and makes no files stay", async () => {
  const { paths, read, run } = await makeMachine("codex");
  expect(await run(hub().url, "--yes")).toMatchObject({ code: 0 });
  appendFileSync(paths.config, '\n[projects."/src"]\ntrust_level = "trusted"\n');
  expect(await run("--undo", "--yes")).toMatchObject({ code: 0 });
  expect(read("config").trim()).toBe('[projects."/src"]\ntrust_level = "trusted"');
  expect(existsSync(paths.hooks)).toBe(false);
});

it("says what works: nothing before, all but the trust after, all when Codex has noted that", async () => {
  const { user, paths, run } = await makeCodexMachine();
  writeFileSync(join(user.home, "key"), hub().key);
  const env = { CC2CC_HUB_URL: hub().url, CC2CC_API_KEY: hub().key };
  const check = () => user.run(["join", "--check"], { env });
  expect(await check()).toMatchObject({ code: 1, stdout: expect.stringContaining("!!   Codex:") });
  await run(hub().url, "--yes");
  const untrusted = await check();
  expect(untrusted).toMatchObject({ code: 1, stdout: expect.stringContaining("not trusted yet") });
  for (const event of ["session_start", "user_prompt_submit", "post_tool_use", "stop", "permission_request"]) {
    appendFileSync(paths.config, `\n[hooks.state."${paths.hooks}:${event}:0:0"]\ntrusted_hash = "sha256:0"\n`);
  }
  expect(await check()).toMatchObject({ code: 0, stdout: expect.stringContaining("its hooks are trusted") });
});

it("leaves a file alone that it cannot read, joins what it can, and says which is which", async () => {
  const { read, run, paths } = await makeCodexMachine("claude");
  writeFileSync(paths.config, "model = \n");
  const { code, stdout, stderr } = await run(hub().url, "--yes");
  expect([stdout, stderr]).toEqual([
    expect.stringContaining("claude plugin"),
    expect.stringContaining("Claude Code has joined"),
  ]);
  expect([code, stderr]).toEqual([1, expect.stringContaining(`${paths.config} cannot be read`)]);
  expect([read("config"), read("hooks")]).toEqual(["model = \n", HOOKS]);
});

it("knows no other agents than those it names", async () => {
  const { run } = await makeMachine("codex");
  const { code, stderr } = await run(hub().url, "--client", "pigeon");
  expect([code, stderr]).toEqual([2, expect.stringContaining("codex")]);
});

it("has Claude Code take its plugin away by its own command, where it has it", async () => {
  const { user, run } = await makeMachine("claude");
  expect(await run("--undo")).toMatchObject({ code: 0, stdout: expect.not.stringContaining("claude plugin") });
  const folder = join(user.home, ".claude/plugins");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "installed_plugins.json"), '{"plugins":{"cc2cc@cc2cc-local":[]}}');
  const { stdout } = await run("--undo");
  expect(stdout).toContain(
    "claude plugin uninstall cc2cc@cc2cc-local -y\nclaude plugin marketplace remove cc2cc-local",
  );
});

const SETTINGS = '{\n  // mine\n  "theme": "dark"\n}\n';

it.each([
  ["opencode", "opencode", ".config/opencode/opencode.jsonc"],
  ["copilot", "copilot", ".copilot/mcp-config.json"],
  ["qwen", "qwen", ".qwen/settings.json"],
  ["gemini", "gemini", ".gemini/settings.json"],
  ["cursor", "cursor-agent", ".cursor/mcp.json"],
])("joins %s in its own file, keeps what its person wrote there, and gives it back", async (name, program, path) => {
  const { user, run } = await makeMachine(program);
  const file = join(user.home, path);
  const read = () => readFileSync(file, "utf8");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, SETTINGS);
  const joined = await run(hub().url, "--yes");
  expect(joined.code, joined.stderr).toBe(0);
  for (const text of ["// mine", '"theme": "dark"', `"CC2CC_AGENT": "${name}"`]) expect(read()).toContain(text);
  expect(read()).not.toContain(hub().key);
  const env = { CC2CC_HUB_URL: hub().url, CC2CC_API_KEY: hub().key };
  expect(await user.run(["join", "--check"], { env })).toMatchObject({ code: 0 });
  expect(await run(hub().url, "--yes")).toMatchObject({ code: 0, stdout: "" });
  // Their own change after joining: only what is ours goes.
  writeFileSync(file, read().replace("dark", "light"));
  expect(await run("--undo", "--yes")).toMatchObject({ code: 0 });
  expect(read()).toContain('"theme": "light"');
  expect(read()).not.toMatch(/cc2cc/i);
});

it("does it without cc2cc, by the line that the hub's page shows, and leaves nothing of that", async () => {
  const { user, read, paths } = await makeCodexMachine();
  const temporary = join(user.home, "tmp");
  mkdirSync(temporary);
  user.env.TMPDIR = temporary;
  const joined = await user.shell(`${joinByNode(hub().url)} -- --yes <<< ${hub().key}`).ended;
  expect(joined.code, joined.stderr).toBe(0);
  expect(read("config")).toContain(join(user.home, ".cc2cc/agents/dist/server.mjs"));
  expect(existsSync(`${paths.config}.before-cc2cc`)).toBe(true);
  expect(readdirSync(temporary)).toEqual([]);
});
