/** Many messages at once: what they cost, and that none is lost. */
import { expect } from "vitest";
import { shareHub } from "../helpers/test-hub.ts";
import type { ClaudeSession } from "./session.ts";
import { type Sent, scenario, type World } from "./world.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
const FLOOD_MS = 60_000;
const REASON = "It failed again, and this is why. ";
const SHORT = `about the build\n${REASON.repeat(5)}`;
const LONG = `about the build\n${REASON.repeat(500)}`;
/** A digest and the newest few in full. */
const DIGEST_MAX = 40_000;
const FULL_MAX = 10;
/** What the hub leaves unacked on one connection (Q5). */
const WINDOW = 100;

async function tellAll(world: World, to: ClaudeSession, count: number, text: string): Promise<Sent[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => world.tell(to, `${i}. ${text}`)));
}

function shownOf(world: World, sent: readonly Sent[]): Sent[] {
  const text = world.model.requests.map((request) => request.text).join("");
  return sent.filter(({ mark }) => text.includes(mark));
}

/** What was put into the context. */
function newLengthSince(world: World, first: number): number {
  return world.model.requests.slice(first).reduce((length, { newText }) => length + newText.length, 0);
}

/** Has the model take what waits, as long as that brings more. */
async function drain(world: World, session: ClaudeSession): Promise<void> {
  const call = [{ tool: "get_messages", input: { limit: 100 } }];
  world.model.rule((request) => {
    const [result] = request.newMessages;
    return request.hasNew("take all") || JSON.stringify(result).includes("mark-") ? call : undefined;
  });
  await session.ask("take all");
  await session.untilIdle(FLOOD_MS);
}

scenario("70 messages to a busy session all arrive, and it is woken afterwards", hub, async (world) => {
  const session = await world.open();
  const answer = await session.beBusy();
  const sent = await tellAll(world, session, 70, "one of many");
  await Promise.all(sent.map((one) => world.untilState(one, "delivered", "acked", "seen")));
  answer([{ tool: "Bash", input: { command: "true", description: "nothing" } }]);
  await world.model.until((request) => request.hasNew("one of many"), "the digest or the messages");
  await session.untilIdle();
  await drain(world, session);
  await world.model.until(() => shownOf(world, sent).length === sent.length, "all of them", FLOOD_MS);
  await session.untilIdle();
  const later = await world.tell(session, "and one more");
  await world.untilShown(later);
});

scenario("long messages to a busy session cost it a digest", hub, async (world) => {
  const session = await world.open();
  const answer = await session.beBusy();
  const before = world.model.requests.length;
  const sent = await tellAll(world, session, 20, LONG);
  await Promise.all(sent.map((one) => world.untilState(one, "delivered", "acked", "seen")));
  // Work that lasts: all that the plugin would post of its own accord comes meanwhile.
  answer([{ tool: "Bash", input: { command: "sleep 8", description: "work" } }]);
  await world.model.until((request) => request.hasNew("about the build"), "the digest or the messages");
  await session.untilIdle();
  expect(newLengthSince(world, before)).toBeLessThan(DIGEST_MAX);
});

scenario(
  "300 messages that waited cost a digest, and none is lost or claimed before it was read",
  hub,
  async (world) => {
    const session = await world.open();
    await session.ask("hello");
    await session.untilIdle();
    await session.quit();
    await world.untilAway(session);
    const sent = await tellAll(world, session, 300, SHORT);
    const before = world.model.requests.length;
    const resumed = await world.resume(session);
    await world.model.until((request) => request.text.includes("about the build"), "the digest or the messages");
    await resumed.untilIdle(FLOOD_MS);
    // What was shown makes room for more in the hub's window, which is no reason to show that too.
    await world.untilState(sent[WINDOW] as Sent, "delivered", "acked", "seen");
    await resumed.ask("anything new");
    await resumed.untilIdle(FLOOD_MS);
    expect
      .soft(newLengthSince(world, before), "characters that the backlog put into the context")
      .toBeLessThan(DIGEST_MAX);
    const shown = shownOf(world, sent);
    expect.soft(shown.length, "messages in full that nobody asked for").toBeLessThanOrEqual(FULL_MAX);
    const unread = sent.filter((one) => !shown.includes(one));
    const states = await Promise.all(unread.map((one) => world.stateOf(one)));
    expect.soft(states.filter((state) => state === "acked" || state === "seen")).toEqual([]);
    await drain(world, resumed);
    expect(shownOf(world, sent).length).toBe(sent.length);
  },
);
