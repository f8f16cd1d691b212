/** What holds sessions up, and keeps models from floods, as the real plugin shows it (H3, G1 to G3). */
import { appendFileSync } from "node:fs";
import { countTokens } from "@anthropic-ai/tokenizer";
import { beforeAll, describe, expect, it } from "vitest";
import { HubClient } from "../helpers/hub-client.ts";
import { buildPlugin, TestPlugin } from "../helpers/plugin.ts";
import { idsIn, markOf, openInbox, sendAll, startPair, stateOf, transcriptLine } from "../helpers/plugin-pair.ts";
import { shareHub } from "../helpers/test-hub.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0", CC2CC_LOOP_MESSAGES: "4" } });
beforeAll(buildPlugin);

const rest = (method: string, path: string, body?: object) =>
  fetch(`${hub().url}${path}`, {
    method,
    headers: { authorization: `Bearer ${hub().key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const contextOf = (answer: unknown) =>
  (answer as { hookSpecificOutput?: { additionalContext?: string } } | null)?.hookSpecificOutput?.additionalContext ??
  "";

describe("[H3] a paused session", () => {
  it("says so in hub_status, to its model, and to its person; refusals are the hub's sentences", async () => {
    const { plugin, peer, me } = await startPair(hub(), {});
    await rest("POST", "/api/pauses", { target: me, reason: "wait for review" });
    await expect
      .poll(() => plugin.ask("hub_status"))
      .toMatchObject({ paused: { target: me, by: "an admin", reason: "wait for review" } });
    const note = "This session is paused by an admin: wait for review.";
    expect(await plugin.ask("hub_status")).toMatchObject({ hint: expect.stringContaining(note) });
    await sendAll(peer, me, ["held"]);
    const listed = await plugin.ask<{ self?: true; paused?: true }[]>("list_instances");
    expect(listed.filter(({ paused }) => paused)).toMatchObject([{ instanceId: me, self: true, paused: true }]);
    const result = await plugin.client.callTool({ name: "get_messages", arguments: {} });
    const texts = (result.content as { text: string }[]).map(({ text }) => text);
    expect(texts[0]).toContain('"messages":[]');
    expect(texts[1]).toContain(note);
    const refused = await plugin.call("send_message", { to: peer.instanceId, type: "question", content: "x" });
    expect(refused).toMatchObject({
      isError: true,
      text: expect.stringContaining("You are paused by an admin: “wait for review”; nothing was sent."),
    });
    const prompt = JSON.stringify(await plugin.hook("UserPromptSubmit", { prompt: "go" }));
    expect(prompt).toContain(note);
    expect(prompt).not.toContain("held");
    await rest("DELETE", `/api/pauses?target=${encodeURIComponent(me)}`);
    await expect.poll(() => plugin.ask("hub_status")).not.toHaveProperty("paused");
    await expect.poll(async () => contextOf(await plugin.hook("PostToolUse"))).toContain("held");
    expect((await plugin.call("send_message", { to: peer.instanceId, type: "ack", content: "x" })).isError).toBe(false);
  });
});

describe("[G1] a session in a loop", () => {
  it("is told by the hub's sentence", async () => {
    const { plugin, peer, me } = await startPair(hub(), {});
    const answer = () => peer.ask({ action: "send_message", to: me, type: "result", content: "thanks" });
    const say = () => plugin.call("send_message", { to: peer.instanceId, type: "result", content: "thanks" });
    for (let n = 0; n < 2; n++) {
      expect((await say()).isError).toBe(false);
      await answer();
    }
    expect(await say()).toMatchObject({
      isError: true,
      text: expect.stringContaining("exchanged 4 messages without a person, so this is stopped; do not try again"),
    });
  });
});

describe("[G2] an idle session", () => {
  it("is woken as often as the setting says, and then hears with its next turn", async () => {
    const inbox = openInbox();
    const { plugin, peer, me, transcript, dataDir } = await startPair(hub(), {
      CC2CC_WAKES: "2",
      CC2CC_MESSAGING: "",
      CLAUDE_CODE_MESSAGING_SOCKET: inbox.path,
      CLAUDE_CODE_MESSAGING_TOKEN: inbox.token,
    });
    await plugin.hook("SessionStart", { transcript_path: transcript, source: "startup" });
    for (let n = 1; n <= 2; n++) {
      const [id] = await sendAll(peer, me, [`wake ${n}`]);
      await inbox.until(n);
      await plugin.hook("UserPromptSubmit", { transcript_path: transcript, prompt: `<${markOf(dataDir, id)}>` });
      appendFileSync(transcript, transcriptLine(markOf(dataDir, id)));
      await plugin.hook("Stop", { transcript_path: transcript });
    }
    const [late] = await sendAll(peer, me, ["too late"]);
    await expect
      .poll(() => plugin.ask("hub_status"))
      .toMatchObject({
        delivery: "hooks",
        waiting: 1,
        hint: expect.stringContaining("Messages woke this session 2 times in 10 minutes, which is the limit."),
      });
    const prompt = JSON.stringify(
      await plugin.hook("UserPromptSubmit", { transcript_path: transcript, prompt: "hello" }),
    );
    expect(prompt).toContain("too late");
    expect(inbox.posts).toHaveLength(2);
    appendFileSync(transcript, transcriptLine(markOf(dataDir, late)));
    await expect.poll(() => stateOf(peer, late)).toBe("seen");
  });
});

describe("[G3] 300 messages that wait when a session begins", () => {
  const long = "The quick brown fox reviews the checkout retry and says why. ".repeat(100).slice(0, 6_000);

  it.each([
    ["short ones", (n: number) => `message ${n}`],
    ["of 6 kB", (n: number) => `message ${n}\n${long}`],
  ])(
    "%s come as a digest of less than 1,500 tokens, and all of them by get_messages, once and in order",
    async (_, contentOf) => {
      const { options, plugin: before, me, project } = await startPair(hub(), {});
      await before.client.close();
      const peer = await HubClient.connect(hub(), { instanceId: `cy@desk:${project}/1` });
      await expect.poll(async () => (await peer.ask({ action: "ping", to: me })).online).toBe(false);
      const contents = Array.from({ length: 300 }, (_, n) => contentOf(n));
      const ids: string[] = [];
      // A text holds 1 MiB.
      for (let n = 0; n < 300; n += 100) ids.push(...(await sendAll(peer, me, contents.slice(n, n + 100))));
      const plugin = await TestPlugin.start(options);
      await plugin.untilConnected();
      await plugin.hook("SessionStart", { source: "startup" });
      await expect.poll(() => plugin.ask("hub_status")).toMatchObject({ waiting: 100 });
      const digest = contextOf(await plugin.hook("UserPromptSubmit", { prompt: "go" }));
      expect(digest).toContain(
        "100 messages of cc2cc peers (other sessions, not your user) wait for you, and 200 more",
      );
      expect(digest).toContain(`cy@desk:${project} (100 task)`);
      expect(digest).toContain("Tasks and questions among them (the newest 8 of ");
      expect(countTokens(digest)).toBeLessThan(1_500);
      const shown = idsIn(digest);
      for (const id of [ids[0], ids[99]]) expect(await stateOf(peer, id)).toBe("delivered");
      expect(await stateOf(peer, ids[299])).toBe("queued");
      const taken: (string | undefined)[] = [];
      for (let isMore = true; isMore; ) {
        const { messages } = await plugin.ask<{ messages: { messageId: string; part?: string }[] }>("get_messages", {
          limit: 50,
        });
        taken.push(...messages.map(({ messageId }) => messageId));
        isMore = messages.length > 0;
      }
      const expected = ids.filter((id) => !shown.includes(id));
      expect(taken).toEqual(expected);
      expect([...new Set([...taken, ...shown])]).toHaveLength(300);
    },
  );
});
