import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DeliveredMessage } from "../../../shared/protocol.ts";
import { ReplyWaiters } from "../../../shared/replies/reply-waiters.ts";
import { SentMessages } from "../../../shared/replies/sent-messages.ts";
import { NO_AUDIENCE } from "../../../test/helpers/no-audience.ts";
import { makeTempDir } from "../../../test/helpers/temp-dir.ts";
import { claudeWays } from "../hosts/claude-code/claude-code.ts";
import { CLAUDE_TRANSCRIPT } from "../hosts/claude-code/transcript-lines.ts";
import { Delivery, type DeliveryOptions } from "./delivery.ts";
import { FrameWriter, marksIn } from "./frame.ts";
import { GRACE_MS } from "./overdue.ts";
import { Transcript } from "./transcript.ts";
import { SILENCE_MS } from "./turn.ts";
import type { ChannelPush } from "./wake-way.ts";

const writer = new FrameWriter("secret");
const idOf = (n: number) => `01a204f0-d0c6-7e9d-b4f0-${String(n).padStart(12, "0")}`;
const markOf = (n: number) => writer.markOf(idOf(n));
const FACTS = { from: "b@h:p/s", to: "a@h:p/s", type: "task" as const, timestamp: "2026-01-01T00:00:00.000Z" };
const message = (n: number, more: Partial<DeliveredMessage> = {}): DeliveredMessage => {
  return { messageId: idOf(n), content: `text ${n}`, seq: n, ...FACTS, ...more };
};
const messages = (count: number) => Array.from({ length: count }, (_, n) => message(n));

type Options = Partial<DeliveryOptions> & { channelFlag?: "on" | "off" | "unknown"; hasInboxSocket?: boolean };

/** A delivery over Claude Code's ways, which only write down what they were given, and a transcript to write into. */
function setup({ channelFlag = "off", hasInboxSocket = true, ...options }: Options = {}) {
  const transcript = new Transcript(CLAUDE_TRANSCRIPT);
  const path = join(makeTempDir(), "t.jsonl");
  const world = {
    now: 1_000_000,
    channel: [] as string[],
    posts: [] as string[],
    acks: [] as string[],
    isBroken: false,
    /** Writes a line as the host does for what the model was shown. */
    show: (...numbers: number[]) => write({ type: "user", message: numbers.map((n) => `<${markOf(n)}>`) }),
    enqueue: (n: number) => write({ type: "queue-operation", operation: "enqueue", content: `<${markOf(n)}>` }),
    hooks: () => {
      delivery.noteHook();
      write({ type: "system" });
      transcript.follow(path);
      delivery.readTranscript();
    },
    later: (ms: number) => {
      world.now += ms;
      delivery.tick();
    },
  };
  const write = (line: object) => appendFileSync(path, `${JSON.stringify(line)}\n`);
  const post = async (content: string) => {
    if (world.isBroken) throw new Error("gone");
    world.posts.push(content);
  };
  const pushToChannel = async (push: ChannelPush) => {
    world.channel.push("digest" in push ? "digest" : push.message.content);
  };
  const { mode = "auto" } = options;
  const delivery = new Delivery({
    mode,
    ways: claudeWays(mode, { channelFlag, post: hasInboxSocket ? post : undefined }, { writer, pushToChannel }),
    writer,
    transcript,
    waiters: new ReplyWaiters(new SentMessages(NO_AUDIENCE)),
    ack: (ids, state) => world.acks.push(...ids.map((id) => `${state} ${Number(id.slice(-12))}`)),
    behindCount: () => 0,
    log: () => undefined,
    now: () => world.now,
    postIntervalMs: 0,
    ...options,
  });
  const numbersIn = (text: string) => [...text.matchAll(/\ntext (\d+)\n/g)].map(([, n]) => Number(n));
  return { world, delivery, transcript, posted: () => world.posts.map(numbersIn), numbersIn };
}

/** A session whose hooks are heard, idle, with a transcript. */
function setupIdle(options: Options = {}) {
  const all = setup(options);
  all.world.hooks();
  all.delivery.start();
  all.delivery.noteTurnEnd();
  return all;
}

describe("before the host is initialized", () => {
  it("pushes nothing, and then all of it in order", async () => {
    const { world, delivery } = setup({ channelFlag: "on", hasInboxSocket: false });
    delivery.receive(messages(3));
    expect(world.channel).toEqual([]);
    delivery.start();
    await expect.poll(() => world.channel).toEqual(["text 0", "text 1", "text 2"]);
  });
});

describe("an idle session", () => {
  it("is woken by one post; the hub hears nothing before the transcript shows it, and then of every message", async () => {
    const { world, delivery, posted } = setupIdle();
    delivery.receive(messages(3));
    await expect.poll(posted).toEqual([[0, 1, 2]]);
    delivery.receive([message(3)]);
    world.enqueue(0);
    world.later(1_000);
    expect([posted(), world.acks]).toEqual([[[0, 1, 2]], []]);
    world.show(0, 1, 2);
    world.later(1_000);
    expect(world.acks).toEqual(["seen 0", "seen 1", "seen 2"]);
    await expect.poll(posted).toEqual([[0, 1, 2], [3]]);
  });

  it("that refuses posts in silence gets them by the next hook, and the path is tried again after a rest", async () => {
    const { world, delivery, posted, numbersIn } = setupIdle();
    delivery.receive([message(0)]);
    await expect.poll(posted).toEqual([[0]]);
    world.later(GRACE_MS - 1);
    expect(delivery.path).toBe("inbox");
    world.later(1);
    expect(delivery.path).toBe("hooks");
    delivery.noteTurnBegin();
    const offer = delivery.offerToHook();
    expect(numbersIn(offer.text)).toEqual([0]);
    delivery.finish(offer);
    world.show(0);
    delivery.noteTurnGoesOn();
    delivery.noteTurnEnd();
    delivery.receive([message(1)]);
    expect(posted()).toEqual([[0]]);
    world.later(30_000);
    await expect.poll(posted).toEqual([[0], [1]]);
    world.show(1);
    world.later(0);
    expect(delivery.wakePaths).toEqual([{ by: "inbox", state: { is: "proven" } }]);
  });

  it("gets by the next way what the first one could not write, and nothing is claimed", async () => {
    const { world, delivery } = setupIdle({ channelFlag: "on" });
    world.isBroken = true;
    delivery.receive([message(0)]);
    await expect.poll(() => world.channel).toEqual(["text 0"]);
    expect(world.acks).toEqual([]);
  });

  it("gets a backlog as a digest, and its rest by a tool; nothing is acked that was only named", async () => {
    const { world, delivery } = setupIdle();
    delivery.receive(messages(70));
    await expect.poll(() => world.posts.length).toBe(1);
    expect(marksIn(world.posts[0] ?? "").length).toBe(6);
    expect(delivery.listedCount).toBe(67);
    world.show(67, 68, 69);
    world.later(1_000);
    expect(world.acks).toEqual(["seen 67", "seen 68", "seen 69"]);
    expect(delivery.parcels.free().length).toBe(67);
    world.later(600_000);
    expect(world.posts.length).toBe(1);
  });

  it("is not given in full what a digest has counted and the hub sends later, but what is new after that", async () => {
    const counts = { behind: 30 };
    const { world, delivery } = setupIdle({ behindCount: () => counts.behind });
    delivery.receive(messages(100));
    await expect.poll(() => world.posts.length).toBe(1);
    counts.behind = 0;
    world.show(97, 98, 99);
    world.later(1_000);
    delivery.receive(Array.from({ length: 31 }, (_, n) => message(100 + n)));
    await expect.poll(() => world.posts.length).toBe(2);
    expect(marksIn(world.posts[1] ?? "").map((mark) => mark === markOf(130))).toEqual([true, true]);
    expect(delivery.listedCount).toBe(127);
  });

  it("is told the answering rule once in a context", async () => {
    const { world, delivery } = setupIdle();
    const isRuleIn = () => world.posts.map((post) => post.includes("replyToMessageId = its message_id"));
    for (const n of [0, 1]) {
      delivery.receive([message(n)]);
      await expect.poll(() => world.posts.length).toBe(n + 1);
      world.show(n);
      world.later(0);
    }
    delivery.noteNewContext(false);
    delivery.receive([message(2)]);
    await expect.poll(isRuleIn).toEqual([true, false, true]);
  });
});

describe("a session at work", () => {
  it("gets messages by its hooks, and no post; one that falls silent is posted to", async () => {
    const { world, delivery, posted, numbersIn } = setupIdle();
    delivery.noteTurnBegin();
    delivery.receive([message(0)]);
    expect(posted()).toEqual([]);
    const offer = delivery.offerToHook();
    expect(numbersIn(offer.text)).toEqual([0]);
    expect(delivery.offerToHook().text).toBe("");
    delivery.finish(offer);
    world.show(0);
    delivery.noteTurnGoesOn();
    delivery.receive([message(1)]);
    world.later(SILENCE_MS - 1);
    expect(posted()).toEqual([]);
    world.later(1);
    await expect.poll(posted).toEqual([[1]]);
  });

  it("is offered again what a hook could not print", () => {
    const { delivery } = setupIdle({ mode: "hooks" });
    delivery.receive([message(0)]);
    const offer = delivery.offerToHook();
    delivery.giveBack([...offer.shown, ...offer.listed]);
    expect(delivery.offerToHook().shown).toHaveLength(1);
  });

  it("is offered again what a hook printed and the transcript never showed", () => {
    const { world, delivery } = setupIdle({ mode: "hooks" });
    delivery.receive([message(0)]);
    delivery.noteTurnBegin();
    delivery.finish(delivery.offerToHook());
    delivery.noteTurnGoesOn();
    world.now += GRACE_MS;
    delivery.noteTurnEnd();
    delivery.noteTurnBegin();
    expect([delivery.offerToHook().shown.length, world.acks]).toEqual([1, []]);
  });

  it("has what a hook printed counted as handed over at the next hook where no transcript can be read", () => {
    const { world, delivery } = setup({ mode: "hooks" });
    delivery.noteHook();
    delivery.receive([message(0)]);
    delivery.finish(delivery.offerToHook());
    expect(world.acks).toEqual([]);
    delivery.noteTurnGoesOn();
    expect(world.acks).toEqual(["acked 0"]);
  });
});

describe("proof", () => {
  it("that is in the transcript before the hub repeats its message settles it, in a process that never saw it", () => {
    const { world, delivery } = setup();
    world.show(0);
    world.hooks();
    delivery.start();
    delivery.receive(messages(1));
    expect([world.acks, world.posts, delivery.parcels.open()]).toEqual([["seen 0"], [], []]);
  });

  it("is repeated when the hub sends again what was settled, and held back while it is not", () => {
    const { world, delivery } = setupIdle({ mode: "hooks" });
    delivery.receive([message(0), message(0)]);
    expect(world.acks).toEqual([]);
    delivery.finish(delivery.offerToHook());
    world.show(0);
    delivery.receive([message(0)]);
    expect(world.acks).toEqual(["seen 0", "seen 0"]);
  });

  it("cannot be made with an id, nor with the mark of another secret", () => {
    const { world, delivery } = setupIdle({ mode: "hooks" });
    delivery.receive([message(0)]);
    delivery.noteProof({
      shown: [...marksIn(`message_id="${idOf(0)}"`), new FrameWriter("x").markOf(idOf(0))],
      queued: [],
    });
    expect([world.acks, delivery.parcels.free().length]).toEqual([[], 1]);
  });

  it("is asked for by nobody where a message has no seq", () => {
    const { world, delivery } = setupIdle({ mode: "hooks" });
    delivery.receive([message(0, { seq: undefined })]);
    delivery.finish(delivery.offerToHook());
    expect([world.acks, delivery.parcels.open()]).toEqual([[], []]);
  });
});

describe("a host without hooks", () => {
  it("never stops for want of proof: beyond half a window the oldest count as handed over", async () => {
    const { world, delivery } = setup({ mode: "channel" });
    delivery.start();
    delivery.receive(messages(120));
    await expect.poll(() => world.channel.length).toBe(120);
    expect(world.acks).toHaveLength(70);
    const large = setup({ mode: "channel" });
    large.delivery.start();
    large.delivery.receive(messages(20).map((each) => ({ ...each, content: "x".repeat(60_000) })));
    await expect.poll(() => large.world.channel.length).toBe(20);
    expect(large.world.acks.length).toBeGreaterThan(8);
  });
});

describe("a session that its person has muted", () => {
  it("is not told anything, and gets it all when it is not muted any more", async () => {
    const { delivery, posted } = setupIdle();
    delivery.mute(true);
    delivery.receive(messages(2));
    expect([posted(), delivery.offerToHook().text]).toEqual([[], ""]);
    delivery.mute(false);
    await expect.poll(posted).toEqual([[0, 1]]);
  });
});

describe("the way", () => {
  it.each([
    [{ channelFlag: "on", hasInboxSocket: true }, "inbox"],
    [{ channelFlag: "on", hasInboxSocket: false }, "channel"],
    [{ channelFlag: "unknown", hasInboxSocket: false }, "channel"],
    [{ channelFlag: "off", hasInboxSocket: false }, "hooks"],
    [{ channelFlag: "on", hasInboxSocket: true, mode: "pull" }, "pull"],
    [{ channelFlag: "off", hasInboxSocket: true, mode: "channel" }, "channel"],
  ] as const)("of %j is %s", (options, path) => expect(setup(options).delivery.path).toBe(path));
});

describe("[G2] a session that was woken too often", () => {
  const WINDOW_MS = 600_000;
  const wakeLimit = { count: 3, windowMs: WINDOW_MS };

  /** Somebody writes, the session wakes, shows it, and is done. */
  async function wakeOnce(all: ReturnType<typeof setup>, n: number): Promise<void> {
    const before = all.world.posts.length;
    all.delivery.receive([message(n)]);
    await expect.poll(() => all.world.posts.length).toBe(before + 1);
    all.delivery.noteTurnBegin();
    all.world.show(n);
    all.delivery.noteTurnEnd();
    all.world.later(1_000);
  }

  it("is woken no more, has what comes with its next turn, and the rest as one when the window allows it", async () => {
    const all = setupIdle({ wakeLimit });
    const { world, delivery, posted, numbersIn } = all;
    for (let n = 0; n < 3; n++) await wakeOnce(all, n);
    expect([delivery.path, delivery.restsUntil]).toEqual(["hooks", 1_000_000 + WINDOW_MS]);
    delivery.receive([message(3)]);
    world.later(10_000);
    expect(posted()).toEqual([[0], [1], [2]]);
    // A turn of the person's own.
    delivery.noteTurnBegin();
    const offer = delivery.offerToHook();
    expect(numbersIn(offer.text)).toEqual([3]);
    delivery.finish(offer);
    world.show(3);
    delivery.noteTurnEnd();
    delivery.receive([message(4), message(5)]);
    world.later(10_000);
    expect(posted()).toEqual([[0], [1], [2]]);
    world.later(WINDOW_MS);
    await expect.poll(posted).toEqual([[0], [1], [2], [4, 5]]);
    expect(delivery.path).toBe("inbox");
    world.show(4, 5);
    world.later(1_000);
    expect(world.acks).toEqual([0, 1, 2, 3, 4, 5].map((n) => `seen ${n}`));
  });

  it("would be woken each time without the limit", async () => {
    const all = setupIdle({ wakeLimit: { count: 0, windowMs: WINDOW_MS } });
    for (let n = 0; n < 6; n++) await wakeOnce(all, n);
    expect(all.posted()).toEqual([[0], [1], [2], [3], [4], [5]]);
    expect(all.delivery.restsUntil).toBeUndefined();
  });

  it("has them with its next turn also where a way is forced", async () => {
    const all = setupIdle({ mode: "inbox", wakeLimit: { count: 1, windowMs: WINDOW_MS } });
    await wakeOnce(all, 0);
    all.delivery.receive([message(1)]);
    all.world.later(10_000);
    expect(all.posted()).toEqual([[0]]);
    all.delivery.noteTurnBegin();
    all.world.later(1_000);
    await expect.poll(all.posted).toEqual([[0], [1]]);
  });
});
