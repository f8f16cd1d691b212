import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { HubClient } from "../helpers/hub-client.ts";
import { HubClient as Client } from "../helpers/hub-client.ts";
import { buildPlugin, TestPlugin } from "../helpers/plugin.ts";
import { startPair, stateOf, transcriptLine } from "../helpers/plugin-pair.ts";
import { shareHub } from "../helpers/test-hub.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0", CC2CC_BROADCAST_INTERVAL_SECONDS: "0" } });
beforeAll(buildPlugin);

const pair = (env: Record<string, string> = { CC2CC_DELIVERY: "channel" }) => startPair(hub(), env);

/** Starts a call of wait_for_reply; resolves once it waits, with the call's end. */
async function waitFor(plugin: TestPlugin, messageId: string) {
  let result: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve) => {
    const options = { onprogress: () => resolve() };
    result = plugin
      .call("wait_for_reply", { messageId, timeoutSeconds: 20 }, options)
      .then(({ json }) => (json as { reply: { content: string } }).reply.content);
  });
  return { result };
}

async function ask(plugin: TestPlugin, to: string): Promise<string> {
  const sent = await plugin.ask<{ messageId: string }>("send_message", { to, type: "question", content: "?" });
  return sent.messageId;
}

function answer(from: HubClient, to: string, replyToMessageId: string | undefined, content: string): Promise<unknown> {
  return from.ask({ action: "send_message", to, type: "result", content, replyToMessageId: String(replyToMessageId) });
}

describe("an answer", () => {
  it("counts from whom was asked, and from nobody else who knows the id", async () => {
    const { plugin, peer, me, project } = await pair();
    const stranger = await Client.connect(hub(), { instanceId: `eve@server:${project}/stranger` });
    const messageId = await ask(plugin, peer.instanceId);
    const { result } = await waitFor(plugin, messageId);
    await answer(stranger, me, messageId, "forged");
    await plugin.until(() => plugin.events.some(({ content }) => content === "forged"), "the forged one as a message");
    await answer(peer, me, messageId, "true");
    expect(await result).toBe("true");
  });

  it("counts from the session that the recipient went on as", async () => {
    const { plugin, peer, me, project } = await pair();
    const messageId = await ask(plugin, peer.instanceId);
    const { result } = await waitFor(plugin, messageId);
    const newInstanceId = `bob@server:${project}/after-clear`;
    await peer.ask({ action: "session_update", newInstanceId });
    await answer(peer, me, messageId, "after /clear");
    expect(await result).toBe("after /clear");
  });

  it("to a role's copy counts from that copy's recipient, under the copy's id and under the whole's", async () => {
    const { plugin, peer, me, project } = await pair();
    const other = await Client.connect(hub(), { instanceId: `carl@server:${project}/other` });
    const role = `r-${randomUUID().slice(0, 8)}`;
    for (const each of [peer, other]) await each.ask({ action: "set_role", role });
    const sent = await plugin.ask<{ messages: { instanceId: string; messageId: string }[] }>("send_message", {
      to: `role:${role}`,
      type: "question",
      content: "?",
    });
    const copyFor = (client: HubClient) =>
      sent.messages.find(({ instanceId }) => instanceId === client.instanceId)?.messageId;
    const { result } = await waitFor(plugin, String(copyFor(peer)));
    await answer(other, me, copyFor(peer), "not mine to answer");
    await answer(peer, me, copyFor(peer), "mine");
    expect(await result).toBe("mine");
  });

  it("to a publication counts from a subscriber, by the id of its own copy", async () => {
    const { plugin, peer, me, project } = await pair();
    const stranger = await Client.connect(hub(), { instanceId: `eve@server:${project}-x/stranger` });
    const topic = `${project}/news`;
    for (const subscriber of [peer]) await subscriber.ask({ action: "subscribe_topic", topic });
    await plugin.ask("subscribe_topic", { topic });
    const { messageId } = await plugin.ask<{ messageId: string }>("publish_topic", {
      topic,
      type: "question",
      content: "who?",
      persistent: true,
    });
    await peer.untilReceived(1);
    const { result } = await waitFor(plugin, messageId);
    await answer(stranger, me, messageId, "forged");
    await answer(peer, me, peer.received[0]?.messageId, "me");
    expect(await result).toBe("me");
  });

  it("that came before the call is found by it, and only named once it was shown", async () => {
    const { plugin, peer, me } = await pair({ CC2CC_DELIVERY: "pull" });
    const messageId = await ask(plugin, peer.instanceId);
    await answer(peer, me, messageId, "early");
    await expect.poll(() => plugin.ask("hub_status")).toMatchObject({ waiting: 1 });
    expect(await plugin.ask("wait_for_reply", { messageId })).toMatchObject({ reply: { content: "early" } });
    expect(await plugin.ask("wait_for_reply", { messageId })).toMatchObject({
      reply: { note: expect.stringContaining("already delivered") },
    });
  });

  it("can leave its address out, or give it as the message showed it", async () => {
    const { plugin, peer, me, project } = await pair();
    const session = randomUUID();
    const long = await Client.connect(hub(), { instanceId: `dora@server:${project}/${session}` });
    const question = (await long.send(me, "?")) as { messageId: string };
    await plugin.until(() => plugin.events.length === 1, "the question");
    const args = { type: "result", content: "42", replyToMessageId: question.messageId };
    expect(await plugin.ask("send_message", args)).toMatchObject({ to: long.instanceId });
    const to = `dora@server:${project}/${session.slice(0, 8)}`;
    expect(await plugin.ask("send_message", { ...args, to })).toMatchObject({ to: long.instanceId });
    expect(await plugin.call("send_message", { type: "task", content: "x" })).toMatchObject({
      isError: true,
      text: expect.stringContaining("to is missing"),
    });
    expect(await peer.ask({ action: "ping", to: me })).toMatchObject({ online: true });
  });
});

describe("get_messages", () => {
  it("that is given up loses nothing: the hub keeps what no transcript shows, for the session that goes on", async () => {
    const { plugin, peer, me, transcript, options } = await pair({ CC2CC_DELIVERY: "pull" });
    writeFileSync(transcript, transcriptLine("a prompt"));
    await plugin.hook("UserPromptSubmit", { transcript_path: transcript, prompt: "go" });
    const { messageId } = (await peer.send(me, "keep me")) as { messageId: string };
    const abort = new AbortController();
    const call = plugin.call("get_messages", {}, { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toThrow();
    await plugin.hook("PostToolUse", { transcript_path: transcript });
    expect(await stateOf(peer, messageId)).toBe("delivered");
    await plugin.client.close();
    const resumed = await TestPlugin.start(options);
    await resumed.untilConnected();
    expect(await resumed.ask("get_messages")).toMatchObject({ messages: [{ content: "keep me" }], more: 0 });
  });

  it("gives as much as a client shows whole, and a long message in parts, the mark with the last", async () => {
    const { plugin, peer, me } = await pair({ CC2CC_DELIVERY: "pull" });
    const long = Array.from({ length: 6_000 }, (_, n) => `line ${n}`)
      .join("\n")
      .slice(0, 60_000);
    await peer.send(me, long);
    for (let n = 0; n < 10; n++) await peer.send(me, `${n}`.repeat(9_000));
    await expect.poll(() => plugin.ask("hub_status")).toMatchObject({ waiting: 11 });
    const parts: { content: string; mark?: string; part?: string }[] = [];
    let text = "";
    do {
      ({ text } = await plugin.call("get_messages", { limit: 100 }));
      expect(text.length).toBeLessThan(50_000);
      parts.push(...JSON.parse(text).messages);
    } while (JSON.parse(text).messages.length > 0);
    const ofLong = parts.slice(0, 3);
    expect(ofLong.map(({ content }) => content).join("")).toBe(long);
    expect(ofLong.map(({ mark }) => mark !== undefined)).toEqual([false, false, true]);
    expect(ofLong[0]?.part).toBe("1 of 3; get_messages gives the next");
    expect(parts.slice(3).map(({ content }) => content)).toEqual(
      Array.from({ length: 10 }, (_, n) => `${n}`.repeat(9_000)),
    );
  });
});
