import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { channelSession, connectPeer, statusOf } from "../helpers/channel-session.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { buildPlugin, TestPlugin } from "../helpers/plugin.ts";
import { shareHub } from "../helpers/test-hub.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
beforeAll(buildPlugin);

const optionsOf = (more: Parameters<typeof channelSession>[1] = {}) => channelSession(hub(), more);
const watcher = (project: string) => connectPeer(hub(), project);

/** What Claude Code tells by its hook after `/clear`. The server is found by its old session, as by the host's process. */
async function changeSession(plugin: TestPlugin, session: string): Promise<void> {
  const env = { CLAUDE_PID: String(process.pid) };
  expect(await plugin.hook("SessionStart", { session_id: session, source: "clear" }, env)).toBeNull();
}

describe("identity", () => {
  it("makes names with spaces and accents valid", async () => {
    const options = optionsOf({ user: "Zoë Müller", project: `mein Projekt ✓ ${randomUUID().slice(0, 4)}` });
    const plugin = await TestPlugin.start(options);
    expect(await plugin.untilConnected()).toMatch(/^Zoe-Muller@desk:mein-Projekt-\w{4}\/[0-9a-f-]{36}$/);
  });

  it("keeps its secret to the user, one for all sessions of the data folder", async () => {
    const options = optionsOf();
    const plugin = await TestPlugin.start(options);
    await plugin.untilConnected();
    const path = join(options.dataDir, "identity");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toMatch(/^[A-Za-z0-9_-]{43}$/);
    for (const folder of ["run", "claims"]) {
      for (const name of readdirSync(join(options.dataDir, folder))) {
        expect(statSync(join(options.dataDir, folder, name)).mode & 0o077).toBe(0);
      }
    }
  });

  it("comes back under the same id, to the same mail, when the session is resumed", async () => {
    const options = optionsOf();
    const first = await TestPlugin.start(options);
    const me = await first.untilConnected();
    const peer = await watcher(options.project);
    await first.client.close();
    await expect.poll(() => statusOf(peer, me)).toBe("offline");
    await peer.send(me, "while away");
    const second = await TestPlugin.start(options);
    expect(await second.untilConnected()).toBe(me);
    await second.until(() => second.events.length === 1, "the backlog");
  });

  it("keeps two sessions in one folder apart, and two processes with one session id", async () => {
    const options = optionsOf();
    const [a, b, c] = [
      await TestPlugin.start(options),
      await TestPlugin.start(options),
      await TestPlugin.start({ ...options, session: randomUUID() }),
    ];
    const ids = [await a.untilConnected(), await b.untilConnected(), await c.untilConnected()];
    expect(new Set(ids).size).toBe(3);
    expect(ids[1]).toMatch(new RegExp(`^${ids[0]}-[0-9a-f]{6}$`));
    const peer = await watcher(options.project);
    for (const id of ids) await peer.send(id, `to ${id}`);
    for (const [i, plugin] of [a, b, c].entries()) {
      await plugin.until(() => plugin.events.length === 1, "its message");
      expect(plugin.events[0]?.content).toBe(`to ${ids[i]}`);
    }
  });

  it("takes a suffix when another machine holds the id", async () => {
    const options = optionsOf();
    const held = `ada@desk:${options.project}/${options.session}`;
    await HubClient.connect(hub(), { instanceId: held });
    const plugin = await TestPlugin.start(options);
    expect(await plugin.untilConnected()).toMatch(new RegExp(`^${held}-[0-9a-f]{6}$`));
  });
});

describe("session changes", () => {
  it("/clear in the middle of traffic: role and mail come along, nothing is lost, doubled or out of order", async () => {
    const options = optionsOf({ env: { CC2CC_DELIVERY: "pull" } });
    const plugin = await TestPlugin.start(options);
    const old = await plugin.untilConnected();
    await plugin.ask("set_role", { role: "lead" });
    const peer = await watcher(options.project);
    const contents = Array.from({ length: 120 }, (_, i) => `n${i}`);
    const next = randomUUID();
    const sending = (async () => {
      for (const [i, content] of contents.entries()) {
        await peer.send(old, content);
        if (i === 40) await changeSession(plugin, next);
        if (i === 80) await changeSession(plugin, options.session);
      }
    })();
    await sending;
    const taken: string[] = [];
    while (taken.length < contents.length) {
      const { messages } = await plugin.ask<{ messages: { content: string }[] }>("get_messages", { limit: 100 });
      taken.push(...messages.map(({ content }) => content));
    }
    expect(taken).toEqual(contents);
    expect(await plugin.ask("get_instance_info", { id: old })).toMatchObject({ role: "lead", status: "online" });
  });

  it("answers under the new id, and mail to the old one finds it", async () => {
    const options = optionsOf();
    const plugin = await TestPlugin.start(options);
    const old = await plugin.untilConnected();
    const peer = await watcher(options.project);
    const next = randomUUID();
    await changeSession(plugin, next);
    const id = `ada@desk:${options.project}/${next}`;
    await expect.poll(() => statusOf(peer, id)).toBe("online");
    await peer.send(old, "to the old id");
    await plugin.until(() => plugin.events.length === 1, "the message");
    await plugin.ask("send_message", { to: peer.instanceId, type: "result", content: "hi" });
    await peer.untilReceived(1);
    expect(peer.received[0]?.from).toBe(id);
  });

  it("a launcher's id holds over /clear", async () => {
    const options = optionsOf({ env: { CC2CC_DELIVERY: "channel", CC2CC_SESSION_ID: "reviewer" } });
    const plugin = await TestPlugin.start(options);
    expect(await plugin.untilConnected()).toBe(`ada@desk:${options.project}/reviewer`);
    await changeSession(plugin, randomUUID());
    expect(await plugin.ask("hub_status")).toMatchObject({ instanceId: `ada@desk:${options.project}/reviewer` });
  });
});
