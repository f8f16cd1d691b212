import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { channelSession, connectPeer, statusOf } from "../helpers/channel-session.ts";
import { isAlive, untilGone } from "../helpers/hub.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { buildPlugin, TestPlugin } from "../helpers/plugin.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { shareHub, startTestHub } from "../helpers/test-hub.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
beforeAll(buildPlugin);

const optionsOf = (more: Parameters<typeof channelSession>[1] = {}) => channelSession(hub(), more);
const watcher = (project: string) => connectPeer(hub(), project);

describe("a hub that goes and comes", () => {
  it("is waited for, told apart, and found again with everything in order", async () => {
    const dataDir = makeTempDir();
    const first = await startTestHub({ dataDir });
    const options = optionsOf({ hub: first });
    const plugin = await TestPlugin.start(options);
    const me = await plugin.untilConnected();
    const peer = await HubClient.connect(first, { instanceId: `bob@server:${options.project}/peer` });
    const sending = Promise.all(peer.sendAll(Array.from({ length: 20 }, (_, i) => ({ to: me, content: `n${i}` }))));
    await first.crash();
    await sending;
    await plugin.until(() => plugin.events.length >= 20, "all messages");
    expect(plugin.events.map(({ content }) => content)).toEqual(Array.from({ length: 20 }, (_, i) => `n${i}`));
    await first.stop();
    const failed = await plugin.call("send_message", { to: peer.instanceId, type: "task", content: "x" });
    expect(failed).toMatchObject({ isError: true, text: expect.stringContaining("cannot be reached") });
    expect(failed.text).toContain("Nothing was sent");
    const second = await startTestHub({ dataDir, port: first.port });
    await plugin.until(() => plugin.stderr.split(`connected as ${me}`).length >= 4, "the reconnect");
    await peer.until(() => peer.isOnline, "the peer's reconnect");
    expect(await plugin.ask("hub_status")).toMatchObject({ connected: true, hub: second.url });
    await peer.send(me, "again");
    await plugin.until(() => plugin.events.length === 21, "the message");
  });

  it("a send during a crash is stored once, and the call says so", async () => {
    const own = await startTestHub({ dataDir: makeTempDir() });
    const options = optionsOf({ hub: own });
    const plugin = await TestPlugin.start(options);
    await plugin.untilConnected();
    const peer = await HubClient.connect(own, { instanceId: `bob@server:${options.project}/peer` });
    const calls = Array.from({ length: 10 }, (_, i) =>
      plugin.call("send_message", { to: peer.instanceId, type: "task", content: `n${i}` }),
    );
    await own.crash();
    const results = await Promise.all(calls);
    const confirmed = results.flatMap(({ json }) => (json as { messageId: string } | undefined)?.messageId ?? []);
    for (const { text } of results.filter(({ isError }) => isError)) expect(text).toContain("Nothing was sent");
    await peer.untilReceived(confirmed.length);
    expect(peer.received.map(({ messageId }) => messageId).sort()).toEqual(confirmed.sort());
  });

  it("stops at a wrong key and says so with every tool", async () => {
    const plugin = await TestPlugin.start(optionsOf({ hub: { url: hub().url, key: "x".repeat(40) } }));
    await plugin.until(() => plugin.stderr.includes("refused the key"), "the refusal");
    for (const [name, args] of [
      ["list_instances", {}],
      ["send_message", { to: "a@b:c", type: "task", content: "x" }],
      ["get_messages", {}],
      ["wait_for_reply", { messageId: randomUUID() }],
    ] as const) {
      expect(await plugin.call(name, args)).toMatchObject({
        isError: true,
        text: expect.stringMatching(/refused the key \(401\).*CC2CC_API_KEY/),
      });
    }
    expect(await plugin.ask("hub_status")).toMatchObject({ connected: false, missing: expect.stringContaining("401") });
  });

  it("stops when its instance is removed for good", async () => {
    const minted = await fetch(`${hub().url}/api/keys`, {
      method: "POST",
      headers: { authorization: `Bearer ${hub().key}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "one", scope: "member" }),
    });
    const { id, key } = (await minted.json()) as { id: string; key: string };
    const plugin = await TestPlugin.start(optionsOf({ hub: { url: hub().url, key } }));
    await plugin.untilConnected();
    await fetch(`${hub().url}/api/keys/${id}`, { method: "DELETE", headers: { authorization: `Bearer ${hub().key}` } });
    await plugin.until(() => /4003|401/.test(plugin.stderr), "the end");
    expect(await plugin.call("list_topics")).toMatchObject({ isError: true, text: expect.stringMatching(/4003|401/) });
  });

  it("starts without any setting and names what is missing", async () => {
    const env = { CC2CC_HUB_URL: "", CC2CC_API_KEY: "" };
    const plugin = await TestPlugin.start(optionsOf({ env }));
    expect(await plugin.call("list_instances")).toMatchObject({
      isError: true,
      text: expect.stringMatching(/CC2CC_HUB_URL.*CC2CC_API_KEY/),
    });
    expect(await plugin.ask("hub_status")).toMatchObject({ connected: false });
  });
});

describe("the end", () => {
  it.each(["stdin", "SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "goes with its host (%s), offline at once",
    async (how) => {
      const options = optionsOf();
      const plugin = await TestPlugin.start(options);
      const me = await plugin.untilConnected();
      const peer = await watcher(options.project);
      const { pid } = plugin;
      if (how === "stdin") void plugin.client.close();
      else process.kill(pid, how);
      await untilGone(pid);
      await expect.poll(() => statusOf(peer, me)).toBe("offline");
      expect(readdirSync(join(options.dataDir, "run"))).toEqual([]);
      expect(readdirSync(join(options.dataDir, "claims"))).toEqual([]);
    },
  );

  it("goes when its parent is killed", async () => {
    const plugin = await TestPlugin.start(optionsOf({ claudeArgs: ["--channels", "plugin:cc2cc@x"] }));
    await plugin.untilConnected();
    const parent = plugin.pid;
    const [run = ""] = readdirSync(join(plugin.dataDir, "run"));
    const server = Number.parseInt(run, 10);
    expect(isAlive(server)).toBe(true);
    process.kill(parent, "SIGKILL");
    await untilGone(server);
  });

  it("writes nothing but MCP to stdout and no key to stderr", async () => {
    const options = optionsOf();
    const plugin = await TestPlugin.start(options);
    await plugin.untilConnected();
    expect(plugin.stderr).toContain("cc2cc: connected as");
    expect(plugin.stderr).not.toContain(hub().key);
    if (process.platform === "linux") {
      expect(readFileSync(`/proc/${plugin.pid}/cmdline`, "utf8")).not.toContain(hub().key);
    }
  });
});
