import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { completionScript } from "./completion.ts";
import { makeProgram } from "./program.ts";

const program = makeProgram();

/** What bash offers for the last of these words. */
function complete(...words: string[]): string[] {
  const script = `${completionScript(program, "bash")}
COMP_WORDS=(${["cc2cc", ...words].map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}
_cc2cc; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout.split("\n").filter(Boolean);
}

it("completes commands, their commands and their options in bash", () => {
  expect(complete("li")).toEqual(["link", "listen"]);
  expect(complete("keys", "")).toEqual(["list", "mint", "revoke", "--help"]);
  expect(complete("keys", "mint", "--p")).toEqual(["--pattern"]);
  expect(complete("send", "ada@desk:shop", "--re")).toEqual(["--reply-to"]);
  expect(complete("nonsense", "")).toContain("listen");
});

it("names every command for zsh and fish, with what it does", () => {
  const names = program.commands.map((command) => command.name()).filter((name) => name !== "help");
  const [zsh, fish] = [completionScript(program, "zsh"), completionScript(program, "fish")];
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) {
    expect(zsh).toContain(`'${name}:`);
    expect(fish).toContain(`-a ${name} -d `);
  }
  expect(fish).toContain("__fish_seen_subcommand_from keys; and __fish_seen_subcommand_from mint' -l pattern");
});

it("has a description for every command and every option that people see in --help", () => {
  const all = [...program.commands, ...program.commands.flatMap(({ commands }) => commands)];
  for (const command of all) {
    expect([command.name(), command.description()]).not.toContain("");
    for (const option of command.options) expect([command.name(), option.long, option.description]).not.toContain("");
  }
});
