import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { channelSession, connectPeer, statusOf } from "../helpers/channel-session.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { buildPlugin, runHook, TestPlugin } from "../helpers/plugin.ts";
import { markOf, sendAll, startPair, stateOf, transcriptLine } from "../helpers/plugin-pair.ts";
import { shareHub } from "../helpers/test-hub.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
beforeAll(buildPlugin);

const pair = (env: Record<string, string>) => startPair(hub(), env);
const HOOKS = { CC2CC_DELIVERY: "hooks" };
const OURS = "mcp__plugin_cc2cc_cc2cc__";

describe("what the person allowed once", () => {
  const allow = expect.objectContaining({
    hookSpecificOutput: expect.objectContaining({ permissionDecision: "allow" }),
  });

  it("lets reads and answers run without a dialog, and nothing else", async () => {
    const { plugin, peer, me } = await pair({ ...HOOKS, CC2CC_PERMISSIONS: "answer" });
    const [id] = await sendAll(peer, me, ["do it"]);
    await expect.poll(() => plugin.ask("hub_status")).toMatchObject({ waiting: 1 });
    const decide = (tool: string, input: object = {}) =>
      plugin.hook("PreToolUse", { tool_name: tool, tool_input: input });
    for (const tool of ["list_instances", "get_messages", "wait_for_reply", "set_role", "get_schedule"]) {
      expect([tool, await decide(OURS + tool)]).toEqual([tool, allow]);
    }
    const answer = { type: "ack", content: "on it", replyToMessageId: id };
    expect(await decide(`${OURS}send_message`, answer)).toEqual(allow);
    expect(await decide(`${OURS}send_message`, { ...answer, to: peer.instanceId })).toEqual(allow);
    for (const [tool, input] of [
      [`${OURS}send_message`, { ...answer, to: "eve@server:other/1" }],
      [`${OURS}send_message`, { to: peer.instanceId, type: "task", content: "x" }],
      [`${OURS}send_message`, { ...answer, replyToMessageId: randomUUID() }],
      [`${OURS}broadcast`, { type: "task", content: "x" }],
      [`${OURS}publish_topic`, {}],
      ["mcp__other__list_instances", {}],
      [`${OURS}create_schedule`, answer],
      ["Bash", {}],
    ] as const) {
      expect([tool, input, await decide(tool, input)]).toEqual([tool, input, null]);
    }
  });

  it("is nothing by itself, and one peer at a time with `send`", async () => {
    const asking = await pair(HOOKS);
    expect(await asking.plugin.hook("PreToolUse", { tool_name: `${OURS}list_instances` })).toBeNull();
    const { plugin, peer } = await pair({ ...HOOKS, CC2CC_PERMISSIONS: "send" });
    const decide = (to: string) =>
      plugin.hook("PreToolUse", { tool_name: `${OURS}send_message`, tool_input: { to, type: "task", content: "x" } });
    expect(await decide(peer.instanceId)).toEqual(allow);
    for (const to of ["broadcast", "topic:x", "role:y"]) expect([to, await decide(to)]).toEqual([to, null]);
  });
});

describe("what the person sees", () => {
  it("is told once of a wrong key, in a line that the model does not get", async () => {
    const options = channelSession(hub(), { hub: { url: hub().url, key: "x".repeat(40) } });
    const plugin = await TestPlugin.start(options);
    await plugin.until(() => plugin.stderr.includes("refused the key"), "the refusal");
    expect(await plugin.hook("UserPromptSubmit", { prompt: "hi" })).toEqual({
      systemMessage: expect.stringMatching(/^cc2cc: Not connected.*refused the key \(401\).*CC2CC_API_KEY/),
    });
    expect(await plugin.hook("UserPromptSubmit", { prompt: "hi" })).toBeNull();
  });

  it("answers /cc2cc without the model: status, who, mute, leave, join", async () => {
    const { plugin, peer, me, project } = await pair(HOOKS);
    const say = async (prompt: string) => {
      const { decision, reason } = (await plugin.hook("UserPromptSubmit", { prompt })) as Record<string, string>;
      expect(decision).toBe("block");
      return reason;
    };
    expect(await say("/cc2cc")).toContain(`cc2cc ● ada@desk:${project}`);
    expect(await say("/cc2cc:cc2cc who bob")).toContain(`● bob@server:${project}/peer`);
    expect(await say("/cc2cc nonsense")).toContain('there is no "nonsense"');
    await say("/cc2cc mute");
    const [id] = await sendAll(peer, me, ["while muted"]);
    await expect.poll(() => plugin.ask("hub_status")).toMatchObject({ muted: true, waiting: 1 });
    expect(await plugin.hook("PostToolUse")).toBeNull();
    await say("/cc2cc unmute");
    expect(JSON.stringify(await plugin.hook("PostToolUse"))).toContain(id);
    expect(await say("/cc2cc leave")).toContain("left the hub");
    await expect.poll(() => statusOf(peer, me)).toBe("offline");
    expect(await plugin.hook("UserPromptSubmit", { prompt: "/cc2ccx" })).toBeNull();
    expect(await plugin.call("list_topics")).toMatchObject({
      isError: true,
      text: expect.stringContaining("/cc2cc join"),
    });
    await say("/cc2cc join");
    await expect.poll(() => statusOf(peer, me)).toBe("online");
  });

  it("can have a status line", async () => {
    const { plugin, me, session } = await pair(HOOKS);
    const { reason } = (await plugin.hook("UserPromptSubmit", { prompt: "/cc2cc statusline" })) as { reason: string };
    const { command } = JSON.parse(reason.split("\n")[1] ?? "").statusLine;
    const child = execFile("sh", ["-c", command], { env: { PATH: process.env.PATH ?? "" } });
    child.stdin?.end(JSON.stringify({ session_id: session }));
    let output = "";
    child.stdout?.on("data", (chunk: string) => {
      output += chunk;
    });
    await once(child, "close");
    expect(output).toBe(`cc2cc ● ${me.split("/")[0]}\n`);
  });
});

describe("a session's start and end", () => {
  it("knows from the note of the hook that ran before it what the resumed transcript has shown already", async () => {
    const { plugin, peer, me, transcript, dataDir, options } = await pair(HOOKS);
    const [shown, fresh] = await sendAll(peer, me, ["shown before the end", "not shown"]);
    await expect.poll(() => plugin.ask("hub_status")).toMatchObject({ waiting: 2 });
    await plugin.client.close();
    await expect.poll(() => statusOf(peer, me)).toBe("offline");
    writeFileSync(transcript, transcriptLine(markOf(dataDir, shown)));
    const start = { hook_event_name: "SessionStart", source: "resume", transcript_path: transcript };
    const env = { CLAUDE_PLUGIN_DATA: dataDir, CLAUDE_PID: String(process.pid) };
    expect(await runHook({ ...start, session_id: options.session }, env)).toBeNull();
    const resumed = await TestPlugin.start(options);
    await resumed.untilConnected();
    await expect.poll(() => stateOf(peer, shown)).toBe("seen");
    const answer = JSON.stringify(
      await resumed.hook("UserPromptSubmit", { prompt: "go", transcript_path: transcript }),
    );
    expect([answer.includes(String(shown)), answer.includes(String(fresh))]).toEqual([false, true]);
  });

  it("is no member of the hub while it is only looked at, as `claude mcp list` does", async () => {
    const env = { CLAUDE_CODE_ENTRYPOINT: "sdk-cli" };
    const options = channelSession(hub(), { env });
    const plugin = await TestPlugin.start(options);
    await plugin.client.listTools();
    const peer = await connectPeer(hub(), options.project);
    const me = `ada@desk:${options.project}/${options.session}`;
    expect(await statusOf(peer, me)).toBeUndefined();
    await plugin.ask("list_topics");
    expect(await statusOf(peer, me)).toBe("online");
  });

  it("brings mail to the plain id to a second process of a session once the first has ended", async () => {
    const options = channelSession(hub());
    const [first, second] = [await TestPlugin.start(options), await TestPlugin.start(options)];
    const plain = await first.untilConnected();
    expect(await second.untilConnected()).not.toBe(plain);
    const peer = await connectPeer(hub(), options.project);
    await first.client.close();
    await expect.poll(() => statusOf(peer, plain)).toBe("offline");
    await peer.send(plain, "for whoever goes on");
    await second.until(() => second.events.length === 1, "the mail");
    expect(await second.ask("hub_status")).toMatchObject({ instanceId: plain });
  });

  it("keeps its address when the network gives the machine another name", async () => {
    const options = channelSession(hub(), {
      env: { CC2CC_HOST: "", HOSTNAME: "desk.home", CC2CC_DELIVERY: "channel" },
    });
    const first = await TestPlugin.start(options);
    const me = await first.untilConnected();
    expect(me).toContain("@desk.home:");
    await first.client.close();
    const second = await TestPlugin.start({ ...options, env: { ...options.env, HOSTNAME: "desk.office" } });
    expect(await second.untilConnected()).toBe(me);
  });

  it("goes on without a place to write, and without anyone who reads its log", async () => {
    const options = channelSession(hub());
    const file = join(options.dataDir, "file");
    writeFileSync(file, "");
    const plugin = await TestPlugin.start({ ...options, dataDir: join(file, "data") });
    await plugin.untilConnected();
    expect(plugin.stderr).toContain("cannot keep the identity token");
    plugin.closeLog();
    const peer = await HubClient.connect(hub(), { instanceId: `bob@server:${options.project}/peer` });
    await peer.ask({ action: "ping", to: peer.instanceId });
    expect(await plugin.ask("hub_status")).toMatchObject({ connected: true });
    await plugin.ask("unsubscribe_topic", { topic: "nothing" }).catch(() => undefined);
    expect(await plugin.ask("hub_status")).toMatchObject({ connected: true });
  });
});

it("[C10] leaves nobody behind in the lists after `claude -p`, and mail to its id still waits for the session that goes on", async () => {
  const env = {
    CLAUDE_CODE_ENTRYPOINT: "sdk-cli",
    CLAUDE_CODE_MESSAGING_SOCKET: "/nowhere",
    CC2CC_DELIVERY: "channel",
  };
  const options = channelSession(hub(), { env });
  const first = await TestPlugin.start(options);
  const me = await first.untilConnected();
  const peer = await connectPeer(hub(), options.project);
  expect(await statusOf(peer, me)).toBe("online");
  await first.client.close();
  await expect.poll(() => statusOf(peer, me)).toBeUndefined();
  expect(await peer.send(me, "for whoever goes on")).toMatchObject({ queued: true });
  expect(await statusOf(peer, me)).toBe("offline");
  const second = await TestPlugin.start(options);
  await second.until(() => second.events.length === 1, "the mail");
});
