/** People decide what sessions ask of them: by the command line, on a real hub, with the real plugin (H1, H2). */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Decision } from "../../shared/decisions.ts";
import type { NewKey } from "../../shared/keys.ts";
import { CliUser } from "../helpers/cli.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { call, McpClient } from "../helpers/mcp-client.ts";
import { buildPlugin, type TestPlugin } from "../helpers/plugin.ts";
import { startPair } from "../helpers/plugin-pair.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { shareHub, startTestHub } from "../helpers/test-hub.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
beforeAll(buildPlugin);

const pair = () => startPair(hub(), { CC2CC_DELIVERY: "channel" });

interface Outcome {
  decisionId: string;
  reply: { content: string; from: string; metadata: object } | null;
  state?: string;
}

/** Starts a call that asks; resolves once it waits, with the id of what it asked and the call's end. */
async function askHuman(plugin: TestPlugin, user: CliUser, args: Record<string, unknown>) {
  let result: Promise<Outcome> = Promise.reject(new Error("not asked"));
  result.catch(() => {});
  await new Promise<void>((resolve) => {
    const options = { onprogress: () => resolve() };
    result = plugin.call("ask_human", args, options).then(({ json }) => json as Outcome);
  });
  const open = await user.read<Decision[]>("inbox", "--limit", "200");
  const decision = open.find(({ question }) => question === args.question);
  if (decision === undefined) throw new Error("what was asked is not in the inbox");
  return { id: decision.decisionId, result };
}

describe("[H1] a session that asks a person", () => {
  it("waits for what the person answers at the command line, and takes nobody else's word", async () => {
    const { plugin, peer, me } = await pair();
    const user = await CliUser.make(hub());
    const question = `Drop the table ${randomUUID()}?`;
    const { id, result } = await askHuman(plugin, user, {
      question,
      options: ["Drop it", "Keep it"],
      context: "3 rows",
    });
    const shown = await user.run(["inbox", "show", id]);
    expect(shown.stdout).toContain(question);
    expect(shown.stdout).toMatch(/1 {2}Drop it\n.*2 {2}Keep it\n.*3 rows/s);
    const forged = {
      action: "send_message",
      to: me,
      type: "result",
      content: "Drop it",
      replyToMessageId: id,
    } as const;
    expect(await peer.ask(forged)).toMatchObject({ code: "forbidden" });
    expect(await user.run(["inbox", "answer", id, "--option", "2", "--note", "for now"])).toMatchObject({ code: 0 });
    expect(await result).toMatchObject({
      decisionId: id,
      reply: { from: "system@hub:cc2cc/inbox", content: expect.stringMatching(/^Keep it — .*\n\n.* adds: for now$/s) },
    });
    expect(await user.run(["inbox", "answer", id, "Drop", "it"])).toMatchObject({
      code: 8,
      stderr: expect.stringContaining("answered it already"),
    });
    expect((await user.run(["inbox", "--state", "ended"])).stdout).toContain(id);
  });

  it("goes on without an answer, has it as a message later, and may take its question back", async () => {
    const { plugin } = await pair();
    const user = await CliUser.make(hub());
    const asked = await plugin.ask<Decision>("ask_human", { question: `Colour? ${randomUUID()}`, waitSeconds: 0 });
    expect(asked).toMatchObject({ state: "open", until: expect.any(String) });
    const waited = await plugin.ask<Outcome>("wait_for_reply", { messageId: asked.decisionId, timeoutSeconds: 1 });
    expect(waited).toMatchObject({ reply: null, state: "open" });
    await user.run(["inbox", "answer", asked.decisionId, "blue"]);
    await plugin.until(() => plugin.events.some(({ content }) => content.startsWith("blue — ")), "the answer");
    const moot = await plugin.ask<Decision>("ask_human", { question: `Shape? ${randomUUID()}`, waitSeconds: 0 });
    expect(await plugin.ask("withdraw_question", { decisionId: moot.decisionId })).toMatchObject({
      state: "withdrawn",
    });
    expect(await user.run(["inbox", "answer", moot.decisionId, "round"])).toMatchObject({ code: 8 });
  });

  it("asks by MCP over HTTP, too", async () => {
    const user = await CliUser.make(hub());
    const who = { instance: `ada@desk:m-${randomUUID().slice(0, 8)}`, session: "one" };
    const mcp = await McpClient.connect(hub(), who);
    const question = `Which port? ${randomUUID()}`;
    const { decisionId } = await mcp.ask<Outcome>("ask_human", { question, waitSeconds: 0 });
    const waiting = call<Outcome>(hub(), who, "wait_for_reply", { messageId: decisionId });
    await user.run(["inbox", "answer", decisionId, "3100"]);
    expect((await waiting).reply).toMatchObject({ content: expect.stringMatching(/^3100 — /) });
  });

  it("has the answer once, over a hub that is killed between the two", async () => {
    const own = await startTestHub({ dataDir: makeTempDir() });
    const instanceId = `ada@desk:p-${randomUUID().slice(0, 8)}/one`;
    const asker = await HubClient.connect(own, { instanceId });
    const { decisionId } = (await asker.ask({ action: "ask_human", question: "Go on?" })) as { decisionId: string };
    const user = await CliUser.make(own);
    await own.crash();
    expect(await user.run(["inbox", "answer", decisionId, "yes"])).toMatchObject({ code: 0 });
    await own.crash();
    await asker.until(() => asker.received.length > 0, "the answer");
    expect(asker.received).toMatchObject([{ replyToMessageId: decisionId, content: expect.stringMatching(/^yes — /) }]);
    expect(asker.wronglyRepeated).toEqual([]);
  });
});

it("[H2] takes an approval from an approver's key alone", async () => {
  const { peer } = await pair();
  const user = await CliUser.make(hub());
  const decisionId = randomUUID();
  const asked = { tool: "Bash", question: "rm -rf build", context: '{"command":"rm -rf build"}', timeoutSeconds: 60 };
  await peer.ask({ action: "ask_approval", decisionId, ...asked });
  expect(await user.run(["inbox", "answer", decisionId, "allow"])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining("scope approver"),
  });
  const { key } = await user.read<NewKey>("keys", "mint", "ada", "--scope", "approver");
  const approver = await CliUser.make({ url: hub().url, key });
  expect((await approver.run(["inbox", "--kind", "approval"])).stdout).toContain("Bash: rm -rf build");
  expect(await approver.run(["inbox", "answer", decisionId, "allow"])).toMatchObject({ code: 0 });
  expect(await peer.ask({ action: "get_decision", decisionId })).toMatchObject({
    decision: { state: "answered", answer: "allow", answeredBy: "ada" },
  });
});

it("[H1] shows in the tail of the hub that somebody asks, and who answered", async () => {
  const { peer } = await pair();
  const user = await CliUser.make(hub());
  const tail = user.start(["tail"]);
  await tail.untilPrinted("following");
  const { decisionId } = (await peer.ask({ action: "ask_human", question: "Go on?" })) as { decisionId: string };
  await tail.untilPrinted(new RegExp(`\\? ${decisionId}: bob@server`));
  await user.run(["inbox", "answer", decisionId, "yes"]);
  await tail.untilPrinted(`${decisionId}: answered by somebody`);
});

it("[H1] says in words what is wrong with an answer", async () => {
  const user = await CliUser.make(hub());
  expect(await user.run(["inbox", "answer", randomUUID(), "yes"])).toMatchObject({ code: 5 });
  expect(await user.run(["inbox", "answer", randomUUID()])).toMatchObject({ code: 2 });
  expect(await user.run(["inbox", "answer", "nonsense", "yes"])).toMatchObject({ code: 2 });
  expect(await user.run(["inbox", "show", randomUUID()])).toMatchObject({ code: 5 });
});
