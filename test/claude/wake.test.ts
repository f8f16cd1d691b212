/** How a message comes before the model of a session in each state it can be in. */
import { countTokens } from "@anthropic-ai/tokenizer";
import { describe, expect } from "vitest";
import { shareHub } from "../helpers/test-hub.ts";
import { scenario } from "./world.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0", CC2CC_BROADCAST_INTERVAL_SECONDS: "0" } });

describe("an idle session", () => {
  scenario("is woken by a message before anyone has typed, and by each that follows", hub, async (world) => {
    const session = await world.open();
    for (const text of ["first", "second", "third"]) {
      const sent = await world.tell(session, text);
      await world.untilShown(sent);
      await world.untilState(sent, "seen");
      await session.untilIdle();
    }
  });

  scenario("is told in the message itself how to answer it", hub, async (world) => {
    const session = await world.open();
    const sent = await world.tell(session, "please look at the build");
    const { newText } = await world.untilShown(sent);
    expect.soft(newText).toContain(sent.ids[0]);
    expect.soft(newText).toContain("send_message");
    expect.soft(newText).toContain("replyToMessageId");
    // SendMessage is what the client itself would have it answer with.
    expect.soft(newText).not.toMatch(/<cross-session-message[^>]*\sfrom=/);
  });

  scenario(
    "pays at most 180 tokens for the frame of its first message, and 120 for that of the next",
    hub,
    async (world) => {
      const session = await world.open();
      const costs: number[] = [];
      for (const text of ["please look at the build", "and at the tests"]) {
        const sent = await world.tell(session, text);
        const { newText } = await world.untilShown(sent);
        await session.untilIdle();
        const post = /<cross-session-message[\s\S]*<\/cross-session-message>/.exec(newText)?.[0] ?? newText;
        costs.push(countTokens(post) - countTokens(sent.content));
      }
      expect.soft(costs[0]).toBeLessThanOrEqual(180);
      expect.soft(costs[1]).toBeLessThanOrEqual(120);
    },
  );

  scenario("shows its person who wants what", hub, async (world) => {
    const session = await world.open();
    const sent = await world.tell(session, "please look at the build");
    await world.untilShown(sent);
    await session.terminal.untilShows(/Message from @\S*bob\S*:\s+task from bob@box:\S+: please look at the build/);
  });
});

scenario("a busy session gets a message with its next tool result", hub, async (world) => {
  const session = await world.open();
  const answer = await session.beBusy();
  const sent = await world.tell(session, "stop that");
  await world.untilState(sent, "delivered", "acked");
  answer([{ tool: "Bash", input: { command: "true", description: "nothing" } }]);
  const request = await world.untilShown(sent);
  expect(request.newMessages.some(({ content }) => JSON.stringify(content).includes("tool_result"))).toBe(true);
  await world.untilState(sent, "seen");
});

scenario("after /clear the conversation gets what is sent to its old id", hub, async (world) => {
  const session = await world.open();
  await session.ask("hello");
  await session.untilIdle();
  await session.clear();
  const sent = await world.tell(session, "are you still there");
  const request = await world.untilShown(sent);
  expect(request.session).not.toBe(session.id);
  expect.soft(request.newText).toContain("replyToMessageId");
  await world.untilState(sent, "seen");
});

scenario("a resumed session gets what waited, and its start shows no error", hub, async (world) => {
  const session = await world.open();
  await session.ask("hello");
  await session.untilIdle();
  await session.quit();
  await world.untilAway(session);
  const sent = await world.tell(session, "while you were away");
  const resumed = await world.resume(session);
  await world.untilShown(sent);
  await world.untilState(sent, "seen");
  expect(resumed.screen).not.toMatch(/hook (failed|error)|hooks are not available/i);
});

describe("what goes to several", () => {
  scenario("names the role it was sent to", hub, async (world) => {
    const session = await world.open();
    const role = `reviewer-${session.id.slice(0, 8)}`;
    await session.use("set_role", { role });
    await session.untilIdle();
    const sent = await world.tell(`role:${role}`, "who has time");
    const { newText } = await world.untilShown(sent);
    const frame = newText.slice(0, newText.indexOf(sent.mark));
    expect(frame).toContain(role);
  });

  scenario("says of a broadcast that it is one", hub, async (world) => {
    const session = await world.open();
    const sent = await world.tell("broadcast", "the build is red");
    const { newText } = await world.untilShown(sent);
    expect(newText.slice(0, newText.indexOf(sent.mark))).toMatch(/broadcast/);
    await session.untilIdle();
  });
});
