/** What the person before the session decides and sees. */
import { createServer } from "node:http";
import { describe, expect, inject, it } from "vitest";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { shareHub, startTestHub } from "../helpers/test-hub.ts";
import { Conditions } from "../helpers/until.ts";
import { countOf } from "./model-request.ts";
import { scenario, World } from "./world.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
const DIALOG = "Do you want to proceed?";
const ASK_ALL = { permissions: { defaultMode: "default", allow: [] } };
const AWAY_MS = 60_000;

describe("in the default permission mode", () => {
  scenario(
    "an unattended session answers where its person has allowed that once, and asks before it broadcasts",
    hub,
    async (world) => {
      const session = await world.open();
      const bob = await world.peer();
      const sent = await world.tell(session, "are you there", { type: "question" });
      const answer = { to: bob.instanceId, type: "result", content: "I am", replyToMessageId: sent.ids[0] };
      await world.untilShown(sent);
      await session.untilIdle();
      await session.use("send_message", answer);
      await bob.until(() => bob.received.some(({ content }) => content === "I am"), "the answer");
      expect(session.screen).not.toContain(DIALOG);
      await session.untilIdle();
      void session.use("broadcast", { type: "task", content: "everybody stop" }).catch(() => undefined);
      await session.terminal.untilShows(DIALOG);
    },
    { settings: ASK_ALL, config: { permissions: "answer" } },
  );

  scenario(
    "a session asks before it writes to somebody of its own accord",
    hub,
    async (world) => {
      const session = await world.open();
      const bob = await world.peer();
      void session.use("send_message", { to: bob.instanceId, type: "task", content: "x" }).catch(() => undefined);
      await session.terminal.untilShows(DIALOG);
      expect(bob.received).toEqual([]);
    },
    { settings: ASK_ALL },
  );
});

scenario(
  "a key that the hub does not take is said once on the screen, and not to the model",
  hub,
  async (world) => {
    const session = await world.person.open();
    for (const prompt of ["hello", "once more", "and again"]) {
      await session.ask(prompt);
      await session.untilIdle();
    }
    expect.soft(session.screen.match(/says: .*\bkey\b/gi) ?? []).toHaveLength(1);
    expect(world.model.requests.some(({ text }) => /says: .*\bkey\b/i.test(text))).toBe(false);
  },
  { key: "cc2cc_0123456789012345678901234567890123456789" },
);

scenario("/cc2cc says on the screen who this session is, and asks the model nothing", hub, async (world) => {
  const session = await world.open();
  await session.say("/cc2cc");
  await session.terminal.untilShows(world.person.addressOf(session.id));
  expect(world.model.requests).toHaveLength(0);
});

scenario("what comes while a session is muted waits until it is not", hub, async (world) => {
  const session = await world.open();
  await session.say("/cc2cc mute");
  await session.terminal.untilShows(/muted/i);
  const sent = await world.tell(session, "not now");
  await world.untilState(sent, "queued", "delivered");
  await session.ask("hello");
  await session.untilIdle();
  expect(world.isInRequest(sent)).toBe(false);
  await session.say("/cc2cc unmute");
  await world.untilShown(sent);
  await world.untilState(sent, "seen");
});

scenario("a session that left the hub gets what came meanwhile when it joins again", hub, async (world) => {
  const session = await world.open();
  await session.say("/cc2cc leave");
  await world.untilAway(session);
  const sent = await world.tell(session, "are you here");
  expect(await world.stateOf(sent)).toBe("queued");
  await session.say("/cc2cc join");
  await world.untilShown(sent);
  await world.untilState(sent, "seen");
});

scenario(
  "a message that a Stop hook shows is in the request once, and the turn goes on with it",
  hub,
  async (world) => {
    const session = await world.open();
    const answer = await session.beBusy();
    const sent = await world.tell(session, "before you stop");
    await world.untilState(sent, "delivered");
    answer(["done"]);
    const request = await world.untilShown(sent);
    expect(countOf(request.text, sent.mark)).toBe(1);
    expect.soft(request.text).not.toContain("Stop hook blocking error");
    await session.untilIdle();
    await world.untilState(sent, "seen");
  },
  { config: { delivery: "hooks" } },
);

/** Stands where the hub was, refuses everybody, and counts the calls of one session. */
async function refuseCalls(port: number, sessionId: string) {
  const conditions = new Conditions();
  let calls = 0;
  const server = createServer((_, response) => void response.destroy());
  server.on("upgrade", ({ url }, socket) => {
    socket.destroy();
    if (url?.includes(sessionId) === true) calls++;
    conditions.changed();
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    untilCalled: (count: number) =>
      conditions.until(
        () => calls >= count,
        () => `${calls} of ${count} calls`,
        AWAY_MS,
      ),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

it.skipIf(inject("claudeBinary") === "")("a call after the hub was long away connects at once", async () => {
  const dataDir = makeTempDir();
  const hub = await startTestHub({ dataDir });
  const world = await World.begin(hub);
  const session = await world.open();
  await hub.stop();
  const away = await refuseCalls(hub.port, session.id);
  // The link's own next try is then further away than a tool waits for it.
  await away.untilCalled(4);
  away.stop();
  await startTestHub({ dataDir, port: hub.port });
  const { isError, text } = await session.use("list_instances");
  expect(isError, text).toBe(false);
});
