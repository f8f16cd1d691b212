/** `acked` means that it will be in front of the model: never only that somebody took the bytes. */
import { describe, expect } from "vitest";
import { shareHub } from "../helpers/test-hub.ts";
import { KEYS } from "./terminal.ts";
import { scenario } from "./world.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
/** No hook tells that a turn was interrupted. */
const INTERRUPTED_MS = 40_000;

describe("a session that ends while its model is busy keeps what its client had queued", () => {
  scenario("when the terminal is closed", hub, async (world) => {
    const session = await world.open();
    await session.ask("hello");
    await session.untilIdle();
    await session.beBusy();
    const sent = await world.tell(session, "do this next");
    await world.untilTaken(sent);
    await session.close();
    await world.untilAway(session);
    expect.soft(await world.stateOf(sent)).not.toBeOneOf(["acked", "seen"]);
    await world.resume(session);
    await world.untilShown(sent);
    await world.untilState(sent, "seen");
  });

  scenario("when the client is killed", hub, async (world) => {
    const session = await world.open();
    await session.ask("hello");
    await session.untilIdle();
    await session.beBusy();
    const sent = await world.tell(session, "do this next");
    await world.untilState(sent, "delivered", "acked");
    await session.end();
    await world.untilAway(session);
    await world.resume(session);
    await world.untilShown(sent);
    await world.untilState(sent, "seen");
  });
});

scenario("a turn that its person interrupts does not keep a message from the model", hub, async (world) => {
  const session = await world.open();
  await session.beBusy();
  const sent = await world.tell(session, "do this next");
  await world.untilState(sent, "delivered", "acked");
  session.terminal.press(KEYS.escape);
  await world.untilShown(sent, INTERRUPTED_MS);
  await world.untilState(sent, "seen");
});

scenario("a client that is killed when the hub hears that a message was seen has shown it", hub, async (world) => {
  const session = await world.open();
  await session.ask("hello");
  await session.untilIdle();
  await world.tell(session, "please look");
  const bob = await world.peer();
  await bob.until(() => bob.receipts.some(({ state }) => state === "acked" || state === "seen"), "the receipt");
  await session.end();
});

describe("two processes with one session id", () => {
  scenario("get each message once between them, and the one that stays gets the rest", hub, async (world) => {
    const first = await world.open();
    await first.ask("hello");
    await first.untilIdle();
    const second = await world.resume(first);
    const both = await world.tell(first, "for whom is it");
    await world.untilShown(both);
    await second.quit();
    const later = await world.tell(first, "the second is gone");
    await world.untilShown(later);
    await world.untilState(later, "seen");
  });

  scenario("leave their address to the second where the first ends", hub, async (world) => {
    const first = await world.open();
    await first.ask("hello");
    await first.untilIdle();
    await world.resume(first);
    await first.quit();
    await world.untilAway(first);
    const later = await world.tell(first, "the first is gone");
    await world.untilShown(later);
    await world.untilState(later, "seen");
  });
});
