import { describe, expect, it } from "vitest";
import type { DeliveredMessage } from "../../shared/protocol.ts";
import { Delivery, type DeliveryOptions } from "./delivery.ts";
import type { Entry } from "./inbox.ts";
import { ReplyWaiters } from "./reply-waiters.ts";

const idOf = (n: number) => `01a204f0-d0c6-7e9d-b4f0-${String(n).padStart(12, "0")}`;
function message(n: number, more: Partial<DeliveredMessage> = {}): DeliveredMessage {
  const timestamp = "2026-01-01T00:00:00.000Z";
  return {
    messageId: idOf(n),
    from: "b@h:p/s",
    to: "a@h:p/s",
    type: "task",
    content: `${n}`,
    timestamp,
    seq: n,
    ...more,
  };
}
const messages = (count: number) => Array.from({ length: count }, (_, n) => message(n));

/** A delivery over ways that only write down what they were given. */
function setup(options: Partial<DeliveryOptions> = {}) {
  const world = { now: 1_000_000, channel: [] as string[], posts: [] as string[][], acks: [] as string[] };
  const delivery = new Delivery({
    mode: "auto",
    channelFlag: "on",
    hasInboxSocket: false,
    waiters: new ReplyWaiters(),
    pushToChannel: async ({ content }) => void world.channel.push(content),
    postToInbox: async (posted) => void world.posts.push(posted.map(({ content }) => content)),
    ack: (ids, state) => world.acks.push(...ids.map((id) => `${state} ${Number(id.slice(-12))}`)),
    log: () => undefined,
    now: () => world.now,
    postIntervalMs: 0,
    ...options,
  });
  return { world, delivery };
}

describe("before the host is initialized", () => {
  it("pushes nothing, and then all of it in order", async () => {
    const { world, delivery } = setup();
    delivery.receive(messages(3));
    expect(world.channel).toEqual([]);
    delivery.start();
    await expect.poll(() => world.channel).toEqual(["0", "1", "2"]);
  });
});

describe("a channel", () => {
  it("takes what comes twice once, and acks again only what was acked", async () => {
    const { world, delivery } = setup();
    delivery.start();
    delivery.receive([message(1), message(1)]);
    await expect.poll(() => world.channel).toEqual(["1"]);
    delivery.receive([message(1)]);
    expect(world.acks).toEqual([]);
    delivery.prove([idOf(1)]);
    delivery.receive([message(1)]);
    expect(world.acks).toEqual(["seen 1", "seen 1"]);
    expect(world.channel).toEqual(["1"]);
  });

  it("has a message to itself while it writes it, so that no tool or hook shows it too", async () => {
    let written = () => {};
    const pushToChannel = () => new Promise<void>((resolve) => (written = resolve));
    const { delivery } = setup({ pushToChannel });
    delivery.receive([message(1)]);
    const entry = delivery.inbox.find(idOf(1)) as Entry;
    expect(delivery.inbox.offerable()).toEqual([entry]);
    expect(delivery.isShown(entry)).toBe(false);
    delivery.start();
    expect(delivery.inbox.offerable()).toEqual([]);
    expect(delivery.isShown(entry)).toBe(true);
    written();
    await expect.poll(() => entry.state).toBe("handed");
    expect(delivery.isShown(entry)).toBe(true);
    expect(entry.isReserved).toBe(false);
  });

  it("that is blocked is left for the next way, and what it dropped is offered once", async () => {
    const { world, delivery } = setup();
    delivery.start();
    delivery.receive(messages(2));
    await expect.poll(() => world.channel.length).toBe(2);
    world.now += 4_999;
    delivery.noteTurn();
    expect(delivery.forHook()).toEqual([]);
    delivery.noteIdle();
    world.now += 5_000;
    delivery.noteTurn();
    expect(delivery.path).toBe("hooks");
    expect(delivery.forHook().map(({ message }) => message.content)).toEqual(["0", "1"]);
    delivery.hand(delivery.forHook(), false);
    world.now += 60_000;
    delivery.noteTurn();
    expect(delivery.forHook()).toEqual([]);
    expect(world.acks).toEqual(["acked 0", "acked 1"]);
  });

  it("is not given up for a turn whose end nobody saw", async () => {
    const { world, delivery } = setup();
    delivery.start();
    delivery.noteTurn();
    delivery.receive([message(1)]);
    await expect.poll(() => world.channel.length).toBe(1);
    world.now += 60_000;
    delivery.noteTurn();
    expect([delivery.path, delivery.forHook()]).toEqual(["channel", []]);
    delivery.noteIdle();
    world.now += 60_000;
    delivery.noteTurn();
    expect([delivery.path, delivery.forHook().length]).toEqual(["hooks", 1]);
  });

  it("gets time after a busy turn: what came during it shows with the next one", async () => {
    const { world, delivery } = setup();
    delivery.start();
    delivery.receive([message(1)]);
    await expect.poll(() => world.channel.length).toBe(1);
    world.now += 60_000;
    delivery.noteIdle();
    world.now += 1_000;
    delivery.noteTurn();
    expect([delivery.path, delivery.forHook()]).toEqual(["channel", []]);
  });

  it("holds mail back while it is unproven, where hooks will bring proof", async () => {
    const { world, delivery } = setup();
    delivery.noteHook();
    delivery.start();
    delivery.receive(messages(120));
    await expect.poll(() => world.channel.length).toBe(50);
    expect(world.acks).toEqual([]);
    delivery.prove([idOf(0)]);
    await expect.poll(() => world.channel.length).toBe(120);
    expect(world.acks).toHaveLength(120);
  });

  it("never stops for want of hooks", async () => {
    const { world, delivery } = setup();
    delivery.start();
    delivery.receive(messages(120));
    await expect.poll(() => world.channel.length).toBe(120);
    expect(world.acks).toHaveLength(70);
  });

  it("is proven by what the host has queued, which is acked, not seen, and not offered again", async () => {
    const { world, delivery } = setup();
    delivery.start();
    delivery.receive(messages(2));
    await expect.poll(() => world.channel.length).toBe(2);
    delivery.noteTaken([idOf(0)]);
    expect([delivery.isChannelProven, world.acks]).toEqual([true, ["acked 0", "acked 1"]]);
    world.now += 60_000;
    delivery.noteTurn();
    expect(delivery.forHook().map(({ message }) => message.content)).toEqual(["1"]);
  });

  it("wants no ack for what has no seq", async () => {
    const { world, delivery } = setup({ mode: "hooks" });
    delivery.receive([message(1, { seq: undefined })]);
    delivery.hand(delivery.forHook(), false);
    expect(world.acks).toEqual([]);
  });
});

describe("an idle session that a channel does not wake", () => {
  it("gets its messages by the inbox socket, in order", async () => {
    const { world, delivery } = setup({ hasInboxSocket: true, graceMs: 30, now: Date.now });
    delivery.start();
    delivery.noteTurn();
    delivery.noteIdle();
    delivery.receive(messages(3));
    expect(delivery.path).toBe("channel");
    await expect.poll(() => world.posts.flat()).toEqual(["0", "1", "2"]);
    expect([delivery.path, delivery.failedPaths]).toEqual(["inbox", ["channel"]]);
  });

  it("keeps waiting for the channel while it is busy, or was never seen idle", async () => {
    for (const prepare of [(delivery: Delivery) => delivery.noteTurn(), () => undefined]) {
      const { world, delivery } = setup({ hasInboxSocket: true, graceMs: 5, now: Date.now });
      delivery.start();
      prepare(delivery);
      delivery.receive(messages(3));
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect([delivery.path, world.posts]).toEqual(["channel", []]);
    }
  });
});

describe("the inbox socket", () => {
  it("gets a backlog in posts of bounded size", async () => {
    const { world, delivery } = setup({ channelFlag: "off", hasInboxSocket: true });
    delivery.start();
    delivery.receive([message(1, { content: "x".repeat(60_000) }), ...messages(40).slice(2)]);
    await expect.poll(() => world.posts.flat().length).toBe(39);
    expect(world.posts).toHaveLength(2);
    expect(world.acks).toHaveLength(39);
  });

  it("is left when it fails, and nothing is claimed", async () => {
    const fail = () => Promise.reject(new Error("gone"));
    const { world, delivery } = setup({ channelFlag: "off", hasInboxSocket: true, postToInbox: fail });
    delivery.start();
    delivery.receive(messages(1));
    await expect.poll(() => delivery.path).toBe("hooks");
    expect([delivery.forHook().length, world.acks]).toEqual([1, []]);
  });
});

describe("the way", () => {
  it.each([
    [{ channelFlag: "on", hasInboxSocket: true }, "channel"],
    [{ channelFlag: "unknown", hasInboxSocket: true }, "inbox"],
    [{ channelFlag: "unknown", hasInboxSocket: false }, "channel"],
    [{ channelFlag: "off", hasInboxSocket: false }, "hooks"],
    [{ channelFlag: "on", hasInboxSocket: true, mode: "pull" }, "pull"],
  ] as const)("of %j is %s", (options, path) => expect(setup(options).delivery.path).toBe(path));
});
