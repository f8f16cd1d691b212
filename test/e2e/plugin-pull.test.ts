import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildPlugin } from "../helpers/plugin.ts";
import { idsIn, numbers, sendAll, startPair, stateOf } from "../helpers/plugin-pair.ts";
import { shareHub } from "../helpers/test-hub.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
beforeAll(buildPlugin);

const pair = (env: Record<string, string>) => startPair(hub(), env);

describe("by hooks", () => {
  it.each(["UserPromptSubmit", "PostToolUse"])("adds what waits to the context at %s, in order", async (event) => {
    const { plugin, peer, me } = await pair({ CC2CC_DELIVERY: "hooks" });
    const ids = await sendAll(peer, me, numbers(3));
    await expect.poll(() => plugin.ask("hub_status")).toMatchObject({ waiting: 3 });
    const huge = { tool_response: "x".repeat(300_000) };
    const answer = (await plugin.hook(event, huge)) as { hookSpecificOutput: { additionalContext: string } };
    expect(answer.hookSpecificOutput).toMatchObject({ hookEventName: event });
    const { additionalContext: text } = answer.hookSpecificOutput;
    expect(idsIn(text)).toEqual(ids);
    expect(await plugin.hook(event)).toBeNull();
    await expect.poll(() => stateOf(peer, ids[2])).toBe("acked");
  });

  it("continues a turn that would stop, and leaves a subagent alone", async () => {
    const { plugin, peer, me } = await pair({ CC2CC_DELIVERY: "hooks" });
    const [id] = await sendAll(peer, me, ["one"]);
    await expect.poll(() => plugin.ask("hub_status")).toMatchObject({ waiting: 1 });
    expect(await plugin.hook("PostToolUse", { agent_id: "a1" })).toBeNull();
    const answer = await plugin.hook("Stop");
    expect(answer).toEqual({ hookSpecificOutput: { hookEventName: "Stop", additionalContext: expect.any(String) } });
    expect(JSON.stringify(answer)).toContain(id);
    expect(await plugin.hook("Stop", { stop_hook_active: true })).toBeNull();
  });

  it("keeps to 10 000 characters and says that more wait; get_messages then has them", async () => {
    const { plugin, peer, me } = await pair({ CC2CC_DELIVERY: "hooks" });
    await sendAll(peer, me, ["small", "y".repeat(20_000)]);
    await expect.poll(() => plugin.ask("hub_status")).toMatchObject({ waiting: 2 });
    const text = JSON.stringify(await plugin.hook("UserPromptSubmit", { prompt: "go" }));
    expect(text).toContain("2 messages of cc2cc peers");
    expect(text.length).toBeLessThan(10_000);
    expect(await plugin.ask("get_messages")).toMatchObject({
      messages: [{ content: "small" }, { content: "y".repeat(20_000) }],
      more: 0,
    });
    expect(await plugin.ask("get_messages")).toEqual({ messages: [], more: 0 });
  });

  it("shows a message by one of the hooks that run at once", async () => {
    const { plugin, peer, me } = await pair({ CC2CC_DELIVERY: "hooks" });
    const [id] = await sendAll(peer, me, ["one"]);
    await expect.poll(() => plugin.ask("hub_status")).toMatchObject({ waiting: 1 });
    const answers = await Promise.all(Array.from({ length: 4 }, () => plugin.hook("PostToolUse")));
    expect(answers.filter((answer) => JSON.stringify(answer).includes(String(id)))).toHaveLength(1);
  });

  it("answers nobody without the token of the session's own file", async () => {
    const { plugin, peer, me } = await pair({ CC2CC_DELIVERY: "hooks" });
    await sendAll(peer, me, ["one"]);
    await expect.poll(() => plugin.ask("hub_status")).toMatchObject({ waiting: 1 });
    const path = join(plugin.dataDir, "run", `${plugin.pid}.json`);
    const facts = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...facts, token: "x".repeat(facts.token.length) }));
    expect(await plugin.hook("Stop")).toBeNull();
    writeFileSync(path, JSON.stringify(facts));
    expect(await plugin.hook("Stop")).toMatchObject({ hookSpecificOutput: { hookEventName: "Stop" } });
  });

  it("finds the server by Claude's process, whatever session id it is told", async () => {
    const { plugin, peer, me } = await pair({ CC2CC_DELIVERY: "hooks", CC2CC_SESSION_ID: "pinned" });
    await sendAll(peer, me, ["one"]);
    await expect.poll(() => plugin.ask("hub_status")).toMatchObject({ waiting: 1 });
    expect(await plugin.hook("Stop", { session_id: "other" }, { CLAUDE_PID: "1" })).toBeNull();
    const found = await plugin.hook("Stop", { session_id: "other" }, { CLAUDE_PID: String(process.pid) });
    expect(found).toMatchObject({ hookSpecificOutput: { hookEventName: "Stop" } });
  });
});

describe("by pull", () => {
  it("gives messages to get_messages only, each once, and leaves the rest for the next call", async () => {
    const { plugin, peer, me } = await pair({ CC2CC_DELIVERY: "pull" });
    // C11: senders are told.
    const { instances } = await peer.ask({ action: "list_instances" });
    expect(instances).toContainEqual(expect.objectContaining({ instanceId: me, delivery: "pull" }));
    await sendAll(peer, me, numbers(130));
    const first = await plugin.ask<{ messages: { content: string }[]; more: number }>("get_messages", { limit: 100 });
    expect(await plugin.hook("Stop")).toBeNull();
    const contents = first.messages.map(({ content }) => content);
    while (contents.length < 130) {
      const { messages } = await plugin.ask<typeof first>("get_messages", { limit: 7 });
      contents.push(...messages.map(({ content }) => content));
    }
    expect(contents).toEqual(numbers(130));
    expect(await plugin.call("get_messages", { limit: 101 })).toMatchObject({ isError: true });
  });
});

describe("wait_for_reply", () => {
  it("returns the answer and keeps it from coming a second time; an ack is no answer", async () => {
    const { plugin, peer, me } = await pair({ CC2CC_DELIVERY: "channel" });
    const { messageId } = await plugin.ask<{ messageId: string }>("send_message", {
      to: peer.instanceId,
      type: "question",
      content: "?",
    });
    let onWaiting = () => {};
    const isWaiting = new Promise<void>((resolve) => {
      onWaiting = resolve;
    });
    const waiting = plugin.call("wait_for_reply", { messageId, timeoutSeconds: 20 }, { onprogress: () => onWaiting() });
    await Promise.all([isWaiting, peer.untilReceived(1)]);
    const reply = (type: "ack" | "result", content: string) =>
      peer.ask({ action: "send_message", to: me, type, content, replyToMessageId: messageId });
    await reply("ack", "on it");
    const { messageId: answerId } = (await reply("result", "42")) as { messageId: string };
    expect((await waiting).json).toEqual({
      reply: {
        mark: expect.stringMatching(/^cc2cc-/),
        messageId: answerId,
        from: peer.instanceId,
        type: "result",
        replyToMessageId: messageId,
        content: "42",
      },
    });
    await expect.poll(() => stateOf(peer, answerId)).toBe("acked");
    expect(plugin.events.map(({ content }) => content)).toEqual(["on it"]);
    expect(await plugin.ask("wait_for_reply", { messageId })).toMatchObject({ reply: { messageId: answerId } });
  });

  it("tells a waiting client that it is alive, and lets a reply come by itself once the call is given up", async () => {
    const { plugin, peer, me } = await pair({ CC2CC_DELIVERY: "channel" });
    const to = peer.instanceId;
    const sent = await plugin.ask<{ messageId: string }>("send_message", { to, type: "question", content: "?" });
    const abort = new AbortController();
    const progress = new Promise<string | undefined>((resolve) => {
      const options = { signal: abort.signal, onprogress: ({ message }: { message?: string }) => resolve(message) };
      plugin.call("wait_for_reply", { messageId: sent.messageId }, options).catch(() => undefined);
    });
    expect(await progress).toContain("waiting for a reply");
    abort.abort();
    await plugin.ask("hub_status");
    const answer = { to: me, type: "result", content: "42", replyToMessageId: sent.messageId } as const;
    await peer.ask({ action: "send_message", ...answer });
    await plugin.until(() => plugin.events.length === 1, "the reply by push");
  });

  it("says how far the message got when the time is up, and that an unknown one cannot be waited for", async () => {
    const { plugin, peer } = await pair({ CC2CC_DELIVERY: "channel" });
    const { messageId } = await plugin.ask<{ messageId: string }>("send_message", {
      to: peer.instanceId,
      type: "question",
      content: "?",
    });
    expect(await plugin.ask("wait_for_reply", { messageId, timeoutSeconds: 1 })).toMatchObject({
      reply: null,
      state: expect.stringMatching(/delivered|acked/),
    });
    expect(await plugin.call("wait_for_reply", { messageId: "no" })).toMatchObject({ isError: true });
  });
});
