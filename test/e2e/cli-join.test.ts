/** How a machine joins by the command line, and what it finds by itself afterwards. */
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, it } from "vitest";
import { joinCommand } from "../../shared/join-command.ts";
import type { KeyInfo } from "../../shared/keys.ts";
import { CliUser } from "../helpers/cli.ts";
import { shareQuickHub } from "../helpers/quick-hub.ts";

const hub = shareQuickHub();

/** A machine that knows no hub, with stand-ins for these programs that note what they are run with. */
async function makeMachine(programs: readonly string[] = ["claude"]) {
  const user = await CliUser.make();
  const bin = join(user.home, "bin");
  const seen = join(user.home, "seen");
  mkdirSync(bin);
  for (const name of programs) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" > '${seen}'\n`);
    chmodSync(join(bin, name), 0o755);
  }
  user.env.PATH = `${bin}${delimiter}${user.env.PATH}`;
  return { user, seen };
}

it("shows what it would run, with no key in it, and does nothing unless it is told to", async () => {
  const { user, seen } = await makeMachine();
  const { code, stdout, stderr } = await user.run(["join", hub().url], { input: `${hub().key}\n` });
  expect([code, stdout.trim()]).toEqual([0, joinCommand(hub().url, "KEY")]);
  expect(stderr).toContain("--yes does it");
  expect(stdout + stderr).not.toContain(hub().key);
  expect(() => readFileSync(seen)).toThrow("ENOENT");
  expect(await user.run(["instances"])).toMatchObject({ code: 3 });
});

it("joins with --yes: the agent by the line that the hub prints, and this command line", async () => {
  const { user, seen } = await makeMachine();
  const joined = await user.run(["join", hub().url.replace("http", "ws"), "--yes"], { input: hub().key });
  expect(joined.code, joined.stderr).toBe(0);
  expect(joined.stdout + joined.stderr).not.toContain(hub().key);
  expect(readFileSync(seen, "utf8").trim()).toBe(joinCommand(hub().url, hub().key));
  expect(statSync(join(user.home, ".cc2cc/cli/join.json")).mode & 0o077).toBe(0);
  expect(await user.run(["instances"])).toMatchObject({ code: 0 });
});

it("takes no key that the hub does not, and none that may not send", async () => {
  const { user, seen } = await makeMachine();
  expect(await user.run(["join", hub().url, "--yes"], { input: "wrong" })).toMatchObject({ code: 4, stdout: "" });
  const admin = await CliUser.make(hub());
  const observer = await admin.run(["keys", "mint", "watcher", "--scope", "observer"]);
  const refused = await user.run(["join", hub().url, "--yes"], { input: observer.stdout });
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("observer's key")]);
  expect(() => readFileSync(seen)).toThrow("ENOENT");
});

it("mints a key that opens, lists it without telling it, and revokes it", async () => {
  const admin = await CliUser.make(hub());
  const { stdout: key } = await admin.run(["keys", "mint", "laptop"]);
  const laptop = await CliUser.make({ url: hub().url, key: key.trim() });
  expect(await laptop.run(["topics"])).toMatchObject({ code: 0 });
  const keys = await admin.read<KeyInfo[]>("keys", "list");
  expect(JSON.stringify(keys)).not.toContain(key.trim());
  const made = keys.find(({ name }) => name === "laptop");
  expect(await admin.run(["keys", "revoke", made?.id ?? ""])).toMatchObject({ code: 0 });
  expect(await laptop.run(["topics"])).toMatchObject({ code: 4 });
});

it("says what is missing when there is no agent to join", async () => {
  const { user } = await makeMachine();
  user.env.PATH = "/nonexistent";
  const ended = await user.run(["join", hub().url, "--yes"], { input: hub().key });
  expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("install Claude Code")]);
});

it("takes the key that it is handed, also where one is known already", async () => {
  const { user } = await makeMachine();
  expect(await user.run(["join", hub().url, "--yes"], { input: hub().key })).toMatchObject({ code: 0 });
  expect(await user.run(["join", hub().url, "--yes"], { input: "wrong" })).toMatchObject({ code: 4, stdout: "" });
  const minted = await user.run(["keys", "mint", "of-its-own"]);
  expect(await user.run(["join", hub().url, "--yes"], { input: minted.stdout })).toMatchObject({ code: 0 });
  expect(readFileSync(join(user.home, ".cc2cc/cli/join.json"), "utf8")).toContain(minted.stdout.trim());
  // Nothing handed over: the one that is known.
  expect(await user.run(["join", hub().url, "--yes"])).toMatchObject({ code: 0 });
});
