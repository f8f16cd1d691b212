/** Two sessions in clones of one repository, on two machines, at the same file (L3); and what they claim. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startTestHub } from "../../host/testing.ts";
import { buildPlugin, TestPlugin } from "../helpers/plugin.ts";
import { shareQuickHub } from "../helpers/quick-hub.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import type { HubAddress } from "../helpers/test-socket.ts";

const hub = shareQuickHub();
beforeAll(buildPlugin);

interface HookOutput {
  hookSpecificOutput: { additionalContext?: string; permissionDecision?: string; permissionDecisionReason?: string };
}

function git(folder: string, ...args: string[]): void {
  execFileSync("git", ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@t", ...args], { stdio: "ignore" });
}

/** A clone, as somebody has it: their own address of the remote, their own folder. */
function makeClone(remote: string): string {
  const folder = join(makeTempDir(), "work");
  mkdirSync(join(folder, "app/[id]"), { recursive: true });
  git(folder, "init", "-b", "main");
  git(folder, "remote", "add", "origin", remote);
  writeFileSync(join(folder, "app/[id]/page.tsx"), "");
  git(folder, "add", ".");
  git(folder, "commit", "-m", "first");
  return folder;
}

async function sit(address: HubAddress, user: string, remote: string, env: Record<string, string> = {}) {
  const folder = makeClone(remote);
  const session = `${user}-session`;
  const options = { hub: address, dataDir: makeTempDir(), session, project: "shop", user };
  const plugin = await TestPlugin.start({
    ...options,
    env: {
      CC2CC_HOST: `${user}-host`,
      CLAUDE_PROJECT_DIR: folder,
      CC2CC_DELIVERY: "pull",
      PATH: process.env.PATH ?? "",
      ...env,
    },
  });
  const id = await plugin.untilConnected();
  const page = join(folder, "app/[id]/page.tsx");
  const edit = async (event: string, file = page) =>
    ((await plugin.hook(event, { tool_name: "Edit", tool_input: { file_path: file } })) as HookOutput | null)
      ?.hookSpecificOutput;
  /** What the model is told of an edit: with it, or with the next where the hub took longer than an edit waits. */
  const editAndHear = async () => {
    let heard = "";
    const hear = async () => {
      heard += (await edit("PostToolUse"))?.additionalContext ?? "";
      return heard;
    };
    await expect.poll(hear).not.toBe("");
    return heard;
  };
  /** The refusal of an edit; a hub that is slow for a moment forbids nothing. */
  const untilRefused = async () => {
    let refused: HookOutput["hookSpecificOutput"] | undefined;
    const look = async () => {
      refused = await edit("PreToolUse");
      return refused?.permissionDecision;
    };
    await expect.poll(look).toBe("deny");
    return refused?.permissionDecisionReason;
  };
  const messages = async () =>
    (await plugin.ask<{ messages: { content: string }[] }>("get_messages")).messages.map(({ content }) => content);
  return { plugin, id, folder, page, edit, editAndHear, untilRefused, messages };
}

/** One repository, as two people name it: nobody else of these tests works there. */
function makeRemotes() {
  const repository = `acme/shop-${randomUUID().slice(0, 8)}`;
  const remotes = [`git@github.com:${repository}.git`, `https://cy@GitHub.com/${repository}`] as const;
  return { remotes, fileOf: (glob: string) => `file:github.com/${repository}:main:${glob}` };
}

it("[L3] tells both sessions once, in their context, with whom to talk", async () => {
  const { remotes } = makeRemotes();
  const ada = await sit(hub(), "ada", remotes[0]);
  const bob = await sit(hub(), "bob", remotes[1]);
  expect(await ada.edit("PostToolUse")).toBeUndefined();
  expect(await bob.editAndHear()).toContain(`${ada.id} edits this file, too`);
  expect(await bob.edit("PostToolUse")).toBeUndefined();
  expect(await ada.edit("PostToolUse")).toBeUndefined();
  expect(await ada.messages()).toEqual([expect.stringContaining(`${bob.id} edits “app/[id]/page.tsx” too`)]);
  expect(await bob.messages()).toEqual([]);
  // The twin: another branch is another file.
  git(bob.folder, "checkout", "-b", "next");
  writeFileSync(join(bob.folder, "app/other.tsx"), "");
  expect(await bob.edit("PostToolUse", join(bob.folder, "app/other.tsx"))).toBeUndefined();
  expect(await ada.edit("PostToolUse", join(ada.folder, "app/other.tsx"))).toBeUndefined();
});

describe("[L3] an edit of what another claims", () => {
  it("is told to both, and done", async () => {
    const { remotes, fileOf } = makeRemotes();
    const ada = await sit(hub(), "eve", remotes[0]);
    const bob = await sit(hub(), "fay", remotes[1]);
    const claimed = await ada.plugin.ask<{ granted: boolean; claims: { name: string }[] }>("claim", {
      files: ["app/**"],
    });
    expect(claimed).toMatchObject({ granted: true, claims: [{ name: fileOf("app/**") }] });
    expect(await bob.edit("PreToolUse")).toBeUndefined();
    expect(await bob.editAndHear()).toContain(`${ada.id} claims this file`);
    expect(await ada.messages()).toEqual([expect.stringContaining(`${bob.id} is at “app/[id]/page.tsx”`)]);
    await ada.plugin.ask("release");
  });

  it("is refused where the setting is block, until it is released", async () => {
    const { remotes, fileOf } = makeRemotes();
    const ada = await sit(hub(), "gil", remotes[0]);
    const bob = await sit(hub(), "hal", remotes[1], { CC2CC_CLAIMS: "block" });
    await ada.plugin.ask("claim", { files: ["app/[id]/*"], reason: "new routes" });
    expect(await ada.edit("PreToolUse")).toBeUndefined();
    const reason = await bob.untilRefused();
    expect(reason).toContain(`${ada.id} claims ${fileOf("app/%5bid%5d/*")}`);
    expect(reason).toContain("new routes");
    await ada.plugin.ask("release");
    expect(await bob.edit("PreToolUse")).toBeUndefined();
  });

  it("is not asked about where the setting is off, nor refused while the hub is away", async () => {
    const { remotes } = makeRemotes();
    const own = await startTestHub({});
    onTestFinished(() => own.stop());
    const ada = await sit(own, "ida", remotes[0]);
    const off = await sit(own, "jon", remotes[1], { CC2CC_CLAIMS: "off" });
    const strict = await sit(own, "kim", remotes[1], { CC2CC_CLAIMS: "block" });
    await ada.plugin.ask("claim", { files: ["app/**"] });
    expect(await off.edit("PostToolUse")).toBeUndefined();
    expect(await strict.untilRefused()).toContain(ada.id);
    await own.stop();
    await strict.plugin.until(() => strict.plugin.stderr.includes("not connected"), "the hub's end");
    expect(await strict.edit("PreToolUse")).toBeUndefined();
  });
});
