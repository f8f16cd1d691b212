/** Two sessions at one file, as the model of the real client hears of it (L3). */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { shareHub } from "../helpers/test-hub.ts";
import { scenario, type World } from "./world.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
const WRITING = { permissions: { defaultMode: "acceptEdits", allow: ["mcp__plugin_cc2cc_cc2cc"] } };

/** The person's project as a clone; returns what the hub calls a file of it. */
function makeRepository({ person: { home, project } }: World): (path: string) => string {
  execFileSync("git", ["-C", home.cwd, "init", "-q", "-b", "main"]);
  execFileSync("git", [
    "-C",
    home.cwd,
    "-c",
    "user.name=t",
    "-c",
    "user.email=t@t",
    "commit",
    "-qm",
    "1",
    "--allow-empty",
  ]);
  execFileSync("git", ["-C", home.cwd, "remote", "add", "origin", `git@github.com:acme/${project}.git`]);
  return (path) => `file:github.com/acme/${project}:main:${path}`;
}

/** Has the model write a file; resolves with the request that takes what came of it to the model. */
async function write({ person }: World, path: string) {
  const { model, home } = person;
  const prompt = `write ${path}`;
  const asked = model.once(prompt, [{ tool: "Write", input: { file_path: join(home.cwd, path), content: "text" } }]);
  await person.sessions[0]?.say(prompt);
  const begun = model.requests.indexOf(await asked);
  return model.until((request) => model.requests.indexOf(request) > begun, `what came of writing ${path}`);
}

scenario(
  "tells the model, with the result of its edit, who else is at the file, and them; once",
  hub,
  async (world) => {
    const nameOf = makeRepository(world);
    const session = await world.open();
    const bob = await world.peer();
    await bob.ask({ action: "touch_file", file: nameOf("notes.md") });
    const request = await write(world, "notes.md");
    expect(request.text).toContain(`${bob.instanceId} edits this file, too`);
    await bob.untilReceived(1);
    expect(bob.received[0]?.content).toContain("edits “notes.md” too");
    await session.untilIdle();
    expect(existsSync(join(world.person.home.cwd, "notes.md"))).toBe(true);
    expect(await bob.ask({ action: "touch_file", file: nameOf("notes.md") })).toMatchObject({ others: [] });
  },
  { settings: WRITING },
);

scenario(
  "refuses an edit of what another claims where the setting is block, and does it after the release",
  hub,
  async (world) => {
    const nameOf = makeRepository(world);
    const session = await world.open();
    const bob = await world.peer();
    await bob.ask({ action: "claim", names: [nameOf("*.md")], reason: "rewriting" });
    const refused = await write(world, "a.md");
    expect(refused.text).toContain(`${bob.instanceId} claims ${nameOf("*.md")} (rewriting)`);
    expect(existsSync(join(world.person.home.cwd, "a.md"))).toBe(false);
    await session.untilIdle();
    await bob.ask({ action: "release" });
    await write(world, "b.md");
    expect(existsSync(join(world.person.home.cwd, "b.md"))).toBe(true);
  },
  { settings: WRITING, config: { claims: "block" } },
);
