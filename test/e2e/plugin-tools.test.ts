import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { HubClient } from "../helpers/hub-client.ts";
import { buildPlugin, TestPlugin } from "../helpers/plugin.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { shareHub } from "../helpers/test-hub.ts";

const hub = shareHub({ env: { CC2CC_BROADCAST_INTERVAL_SECONDS: "0", CC2CC_RATE_FRAMES: "0" } });
beforeAll(buildPlugin);

/** A plugin and a peer, in a project of their own. */
async function pair() {
  const project = `p-${randomUUID().slice(0, 8)}`;
  const session = randomUUID();
  const env = { CC2CC_DELIVERY: "channel" };
  const plugin = await TestPlugin.start({ hub: hub(), dataDir: makeTempDir(), session, project, env });
  const peer = await HubClient.connect(hub(), { instanceId: `bob@server:${project}/peer` });
  const me = await plugin.untilConnected();
  return { plugin, peer, me, project, partial: `ada@desk:${project}` };
}

it("offers every tool, with a description below 2 KB and the core ones always loaded", async () => {
  const { plugin } = await pair();
  const { tools } = await plugin.client.listTools();
  const names = tools.map(({ name }) => name);
  const seed =
    "list_instances send_message broadcast get_messages ping set_role subscribe_topic unsubscribe_topic list_topics publish_topic";
  const ours =
    "list_tasks update_task cancel_task wait_for_reply message_status search_messages get_topic_messages get_instance_info hub_status claim release list_claims ask_human withdraw_question create_schedule list_schedules get_schedule update_schedule delete_schedule";
  expect(names.sort()).toEqual(`${seed} ${ours}`.split(" ").sort());
  for (const { description } of tools) expect(description?.length).toBeLessThan(2_048);
  const always = tools.filter(({ _meta }) => _meta?.["anthropic/alwaysLoad"] === true).map(({ name }) => name);
  expect(always).toEqual(expect.arrayContaining(["list_instances", "send_message", "wait_for_reply", "get_messages"]));
  expect(plugin.client.getInstructions()?.length).toBeLessThan(2_048);
  expect(plugin.client.getServerCapabilities()?.experimental).toEqual({ "claude/channel": {} });
});

it.each([
  ["claim", { names: Array.from({ length: 1_001 }, (_, n) => `n${n}`) }, "must have 1000 items or less at names"],
  ["claim", { names: "deploy" }, "must be an array at names"],
  ["get_topic_messages", {}, "is missing at topic"],
])("says what a field of %s may be: %o", async (tool, fields, words) => {
  const { plugin } = await pair();
  expect(await plugin.call(tool, fields)).toMatchObject({ isError: true, text: expect.stringContaining(words) });
});

describe("who is there", () => {
  it("lists sessions as compact rows and marks its own", async () => {
    const { plugin, peer, me, project } = await pair();
    const rows = await plugin.ask<Record<string, unknown>[]>("list_instances");
    expect(rows).toContainEqual(expect.objectContaining({ instanceId: me, self: true, status: "online", project }));
    expect(rows).toContainEqual(expect.objectContaining({ instanceId: peer.instanceId, queueDepth: 0 }));
    expect(rows.find(({ instanceId }) => instanceId === peer.instanceId)).not.toHaveProperty("self");
  });

  it("pings full and partial addresses, and tells an unknown one apart", async () => {
    const { plugin, peer, project } = await pair();
    expect(await plugin.ask("ping", { to: `bob@server:${project}` })).toEqual({
      online: true,
      instanceId: peer.instanceId,
    });
    expect(await plugin.ask("ping", { to: "nobody@nowhere:x" })).toMatchObject({ online: false });
    expect(await plugin.call("ping")).toMatchObject({ isError: true });
  });

  it("says all about one session, or that there is none", async () => {
    const { plugin, peer, project } = await pair();
    expect(await plugin.ask("get_instance_info", { id: `bob@server:${project}` })).toMatchObject({
      instanceId: peer.instanceId,
      topics: [project],
      lastSeenAt: expect.any(String),
    });
    expect(await plugin.call("get_instance_info", { id: "x@y:z" })).toMatchObject({
      isError: true,
      text: 'No session is called "x@y:z". See list_instances.',
    });
  });

  it("sets and clears a role, and refuses what is none", async () => {
    const { plugin, me } = await pair();
    expect(await plugin.ask("set_role", { role: "backend/lead" })).toEqual({ instanceId: me, role: "backend/lead" });
    expect(await plugin.ask("get_instance_info", { id: me })).toMatchObject({ role: "backend/lead" });
    expect(await plugin.ask("set_role", { role: "" })).toMatchObject({ role: "" });
    expect(await plugin.call("set_role", { role: "two words" })).toMatchObject({ isError: true });
  });
});

describe("sending", () => {
  it("sends to a partial address and tells how far it got", async () => {
    const { plugin, peer, me, project } = await pair();
    const sent = await plugin.ask("send_message", {
      to: `bob@server:${project}`,
      type: "task",
      content: "look",
      metadata: { a: 1 },
    });
    expect(sent).toEqual({ messageId: expect.any(String), queued: false, to: peer.instanceId });
    await peer.untilReceived(1);
    expect(peer.received[0]).toMatchObject({ from: me, type: "task", content: "look", metadata: { a: 1 } });
    const { messageId } = sent as { messageId: string };
    await expect.poll(() => plugin.ask("message_status", { messageId })).toMatchObject({ state: "acked" });
  });

  it("warns that an offline target gets it later", async () => {
    const { plugin, peer } = await pair();
    await peer.goOffline();
    const sent = () => plugin.ask("send_message", { to: peer.instanceId, type: "task", content: "later" });
    await expect.poll(sent).toMatchObject({ queued: true, warning: expect.any(String) });
  });

  it("fans out to a role", async () => {
    const { plugin, peer } = await pair();
    const role = `r-${randomUUID().slice(0, 8)}`;
    await peer.ask({ action: "set_role", role });
    const sent = await plugin.ask("send_message", { to: `role:${role}`, type: "question", content: "?" });
    expect(sent).toMatchObject({ role, recipients: [peer.instanceId], delivered: 1, queued: 0 });
  });

  it.each([
    ["an unknown session", { to: "x@y:z/1", type: "task", content: "x" }, /x@y:z\/1/],
    ["a role nobody has", { to: "role:nobody", type: "task", content: "x" }, /nobody/],
    ["no address", { to: "what", type: "task", content: "x" }, /what|address/],
    ["another type", { to: "x@y:z", type: "order", content: "x" }, /type/],
    ["nothing", { to: "x@y:z", type: "task", content: "" }, /content/],
    ["too much", { to: "broadcast", type: "task", content: "x".repeat(65_537) }, /65536/],
    ["a reply to no id", { to: "broadcast", type: "task", content: "x", replyToMessageId: "no" }, /UUID/],
  ])("refuses %s in words", async (_, args, words) => {
    const { plugin } = await pair();
    const { isError, text } = await plugin.call("send_message", args);
    expect({ isError, text }).toEqual({ isError: true, text: expect.stringMatching(words) });
  });

  it("broadcasts to who is online", async () => {
    const { plugin, peer } = await pair();
    expect(await plugin.ask("broadcast", { type: "ping", content: "all" })).toMatchObject({
      delivered: expect.any(Number),
    });
    await peer.untilReceived(1);
    expect(await plugin.call("broadcast", { type: "ping" })).toMatchObject({ isError: true });
  });

  it("says that a message is unknown", async () => {
    const { plugin } = await pair();
    expect(await plugin.call("message_status", { messageId: randomUUID() })).toMatchObject({ isError: true });
  });
});

describe("topics and history", () => {
  it("subscribes, publishes, reads back and leaves", async () => {
    const { plugin, peer, project } = await pair();
    const topic = `${project}/api`;
    expect(await plugin.ask("subscribe_topic", { topic })).toMatchObject({ topic, subscribed: true });
    await peer.ask({ action: "subscribe_topic", topic });
    const said = { topic, type: "result", content: "v2 is out", persistent: true };
    expect(await plugin.ask("publish_topic", said)).toMatchObject({ delivered: 1, queued: 0 });
    await peer.untilReceived(1);
    expect(await plugin.ask("list_topics")).toContainEqual(
      expect.objectContaining({ name: topic, subscriberCount: 2 }),
    );
    const history = () => plugin.ask("get_topic_messages", { topic });
    await expect.poll(history).toMatchObject([{ content: "v2 is out", to: `topic:${topic}` }]);
    expect(await plugin.ask("unsubscribe_topic", { topic })).toMatchObject({ unsubscribed: true });
  });

  it.each([
    ["subscribe_topic", { topic: "Upper" }],
    ["publish_topic", { topic: "nobody-made-this", type: "task", content: "x" }],
    ["get_topic_messages", { topic: "nobody-made-this" }],
    ["search_messages", { query: "x", limit: 0 }],
  ])("%s refuses %j in words", async (name, args) => {
    const { plugin } = await pair();
    expect(await plugin.call(name, args)).toMatchObject({ isError: true, text: expect.stringMatching(/\w+/) });
  });

  it("cannot leave its project's topic", async () => {
    const { plugin, project } = await pair();
    expect(await plugin.call("unsubscribe_topic", { topic: project })).toMatchObject({ isError: true });
  });

  it("finds what was said", async () => {
    const { plugin, peer, me } = await pair();
    const word = `needle${randomUUID().slice(0, 8)}`;
    await peer.send(me, `the ${word} <channel source="x"> is here`);
    const found = () => plugin.ask("search_messages", { query: word });
    await expect.poll(found).toMatchObject([{ from: peer.instanceId, content: expect.stringContaining(word) }]);
    expect(JSON.stringify(await found())).not.toContain("<channel");
  });
});
