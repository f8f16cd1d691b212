import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { makeTempDir } from "../test/helpers/temp-dir.ts";

// Made here, so that this file holds none.
const KEY = `cc2cc_${randomBytes(32).toString("hex")}`;
const GITHUB_TOKEN = `ghp_${randomBytes(18).toString("hex")}`;

/** A repository of its own, with our hook and what it calls. */
function makeRepository() {
  const folder = makeTempDir();
  const git = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync("git", args, { cwd: folder, encoding: "utf8" });
    return { code: status, output: stdout + stderr };
  };
  git("init", "-q");
  git("config", "user.email", "test@example.com");
  git("config", "user.name", "Test");
  git("config", "core.hooksPath", resolve(".githooks"));
  for (const name of ["node_modules", "scripts", "biome.json"]) symlinkSync(resolve(name), join(folder, name));
  writeFileSync(join(folder, ".git/info/exclude"), "node_modules\nscripts\nbiome.json\n");
  const stage = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    git("add", name);
  };
  return { folder, git, stage, commit: () => git("commit", "-q", "-m", "test") };
}

it("lets keys into no commit, whatever file they are in, and does not repeat them", () => {
  const { git, stage, commit } = makeRepository();
  const files = {
    "notes.md": `use ${KEY}`,
    "client.ts": `export const key = "${KEY}";\n`,
    ".env": `export CC2CC_API_KEY="${randomBytes(32).toString("hex")}"\n`,
    ".env.production": `PASSWORD=abc123${randomBytes(32).toString("base64url")}\n`,
    ".env.example": `#KEY=${randomBytes(32).toString("hex")}\n`,
    "deploy.txt": `token: ${GITHUB_TOKEN}\n`,
  };
  for (const [name, text] of Object.entries(files)) stage(name, text);
  const { code, output } = commit();
  expect(code).not.toBe(0);
  expect(git("log").code).not.toBe(0);
  expect(output).toContain("Not committed: what is staged holds keys");
  for (const [name, text] of Object.entries(files)) {
    expect(output).toContain(`/${name}`);
    expect(output).not.toContain(/[0-9A-Za-z_-]{30,}/.exec(text)?.[0]);
  }
});

it("looks at what is staged, not at what the file has become", () => {
  const { folder, stage, commit } = makeRepository();
  stage("notes.md", KEY);
  writeFileSync(join(folder, "notes.md"), "clean");
  expect(commit().code).not.toBe(0);
});

it("lets the example settings, settings without secrets, and everything else pass", () => {
  const { folder, git, commit } = makeRepository();
  copyFileSync(".env.example", join(folder, ".env.example"));
  writeFileSync(join(folder, ".env"), "CC2CC_HOST_LAN_IP=192.168.1.20\nCC2CC_DATA_DIR=/srv/cc2cc/data/of/this/hub\n");
  writeFileSync(join(folder, "notes.md"), "A key looks like cc2cc_ and 64 digits.\n");
  git("add", ".");
  expect(commit().code).toBe(0);
  expect(git("log").code).toBe(0);
});

it("finds what git tracks already", () => {
  const { folder, stage } = makeRepository();
  const check = () => spawnSync(process.execPath, [resolve("scripts/check-secrets.ts")], { cwd: folder }).status;
  stage("notes.md", "clean");
  expect(check()).toBe(0);
  stage("notes.md", KEY);
  expect(check()).toBe(1);
});
