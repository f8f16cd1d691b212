/** The plugin under other hosts than Claude Code, as far as it can be seen without them: `test/agents/` runs the hosts themselves. */
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { NUDGE } from "../../plugin/src/delivery/nudge.ts";
import { channelSession, connectPeer, statusOf } from "../helpers/channel-session.ts";
import type { HubClient } from "../helpers/hub-client.ts";
import { buildPlugin, runHook, TestPlugin } from "../helpers/plugin.ts";
import { idsIn, markOf, stateOf } from "../helpers/plugin-pair.ts";
import { shareHub } from "../helpers/test-hub.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
beforeAll(buildPlugin);

/** Plain JavaScript, as the hosts run it. */
const INSIDE_HOST = pathToFileURL(join(import.meta.dirname, "../../plugin/hooks/inside-host.mjs")).href;

async function send(peer: HubClient, to: string): Promise<string> {
  const answer = await peer.ask({ action: "send_message", to, type: "task", content: "please review" });
  return String(answer.messageId);
}

/** As `cc2cc join` has it started, with nothing of Claude Code's in its environment but the data folder. */
async function startAs(agent: string) {
  const env = { CC2CC_AGENT: agent, CLAUDE_CODE_SESSION_ID: "", CODEX_HOME: "/nonexistent" };
  const options = channelSession(hub(), { env });
  const plugin = await TestPlugin.start(options);
  const idOf = (session: string) => `ada@desk:${options.project}/${session}`;
  return { plugin, options, idOf, peer: await connectPeer(hub(), options.project) };
}

/** As what it came to the hub first; its log may say so a moment after the hub does. */
async function firstName(plugin: TestPlugin): Promise<string | undefined> {
  await plugin.until(() => plugin.stderr.includes("connected as "), "its first name");
  return plugin.stderr.match(/connected as (\S+),/)?.[1];
}

describe("Codex", () => {
  it("is nobody on the hub before a hook tells its session, and takes hooks by a tool that no model sees", async () => {
    const { plugin, idOf, peer } = await startAs("codex");
    const session = randomUUID();
    const tell = async (event: string, more: object = {}) => {
      const args = { hook_event_name: event, session_id: session, ...more };
      const { text } = await plugin.call("host_event", args);
      return text;
    };
    const { tools } = await plugin.client.listTools();
    expect(tools.map(({ name }) => name)).not.toContain("host_event");
    expect(await statusOf(peer, idOf(session))).toBeUndefined();

    expect(await tell("SessionStart", { source: "startup" })).toBe("");
    await expect.poll(() => statusOf(peer, idOf(session))).toBe("online");
    // It never was anybody else: a name that it gave up would stay on the hub, and forward to it.
    expect(await firstName(plugin)).toBe(idOf(session));
    const messageId = await send(peer, idOf(session));
    await expect.poll(() => stateOf(peer, messageId)).toBe("delivered");
    const answer = JSON.parse(await tell("UserPromptSubmit", { prompt: "hello" }));
    expect(answer.hookSpecificOutput.hookEventName).toBe("UserPromptSubmit");
    expect(idsIn(answer.hookSpecificOutput.additionalContext)).toEqual([messageId]);

    // Allowed once by its person: an answer to who has asked; not a task to somebody else.
    const ask = (input: object) =>
      tell("PermissionRequest", { tool_name: "mcp__cc2cc__send_message", tool_input: JSON.stringify(input) });
    expect(await ask({ to: "role:all" })).toBe("");
  });

  it("takes its session from a call, where no hook has told it", async () => {
    const { plugin, idOf, peer } = await startAs("codex");
    const session = randomUUID();
    const request = { name: "hub_status", arguments: {}, _meta: { threadId: session, sessionId: session } };
    await plugin.client.callTool(request);
    await expect.poll(() => statusOf(peer, idOf(session))).toBe("online");
  });
});

describe("OpenCode", () => {
  it("has many sessions in one server: each call is of its own, and one of none is refused in words", async () => {
    const { plugin, idOf } = await startAs("opencode");
    for (const session of ["ses_a", "ses_b"]) {
      const { instanceId } = await plugin.ask("hub_status", { cc2cc_session: session });
      expect(instanceId).toBe(idOf(session.replace("_", "-")));
    }
    expect(await plugin.call("hub_status")).toMatchObject({
      isError: true,
      text: expect.stringContaining("cc2cc join"),
    });
  });

  it("is asked for a turn by the part inside it, which shows the messages and tells what its model saw", async () => {
    const { options, idOf, peer } = await startAs("opencode");
    process.env.CLAUDE_PLUGIN_DATA = options.dataDir;
    onTestFinished(() => void delete process.env.CLAUDE_PLUGIN_DATA);
    const { InsideHost } = await import(INSIDE_HOST);
    const prompts: string[] = [];
    const inside = new InsideHost({
      pids: [process.pid],
      prompt: async (session: string, text: string) => void prompts.push(`${session} ${text}`),
    });
    // What a server of the same session left that was killed.
    const stale = { port: 9, token: "gone", session: "ses_c", parentPid: process.pid };
    writeFileSync(join(options.dataDir, "run", "1.json"), JSON.stringify(stale));
    await inside.open("ses_c");
    const id = idOf("ses-c");
    await expect.poll(() => statusOf(peer, id)).toBe("online");
    const messageId = await send(peer, id);
    await expect.poll(() => prompts).toEqual([`ses_c ${NUDGE}`]);
    const { text } = await inside.tell("ses_c", "UserPromptSubmit", { prompt: NUDGE });
    expect(idsIn(text)).toEqual([messageId]);
    expect(await stateOf(peer, messageId)).toBe("delivered");
    await inside.tell("ses_c", "ModelRequest", { prompt: markOf(options.dataDir, messageId) });
    await expect.poll(() => stateOf(peer, messageId)).toBe("seen");
  });
});

it("Gemini CLI's session is known by what its hook left that ran before the server did", async () => {
  const options = channelSession(hub(), { env: { CC2CC_AGENT: "gemini", CLAUDE_CODE_SESSION_ID: "" } });
  const peer = await connectPeer(hub(), options.project);
  const session = randomUUID();
  const input = { hook_event_name: "SessionStart", source: "startup", session_id: session };
  expect(
    await runHook(input, { CLAUDE_PLUGIN_DATA: options.dataDir, PATH: process.env.PATH ?? "" }, ["gemini"]),
  ).toBeNull();
  const plugin = await TestPlugin.start(options);
  await expect.poll(() => statusOf(peer, `ada@desk:${options.project}/${session}`)).toBe("online");
  expect(await firstName(plugin)).toContain(session);
});

it("a client that nobody told us about is told to fetch, and gets what waits", async () => {
  const { plugin, peer } = await startAs("something-new");
  const me = await plugin.untilConnected();
  expect(await plugin.ask("hub_status")).toMatchObject({ hint: expect.stringContaining("call get_messages") });
  await peer.send(me, "please review");
  await expect.poll(async () => (await plugin.ask<{ waiting: number }>("hub_status")).waiting).toBe(1);
  const { messages } = await plugin.ask<{ messages: { content: string }[] }>("get_messages");
  expect(messages.map(({ content }) => content)).toEqual(["please review"]);
});
