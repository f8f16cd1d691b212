/** Q6, E4 and 4029 with the protocol's rate limits and a queue of 5 messages or 20 000 bytes (vitest.config.ts). */
import { describe, expect, it } from "vitest";
import { FLOOD_REFUSALS, PINGS_MAX, RATE_FRAMES, RATE_WINDOW_MS } from "../../shared/limits.ts";
import type { ClientFrameInput } from "../../shared/protocol.ts";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import { crash, freshIds, storeRows } from "../../test/helpers/workerd/hub.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";

const CHEAP: ClientFrameInput = { action: "ping", to: "u@h:p/s" };

async function connectAndLeave(instanceId: string): Promise<void> {
  await (await TestClient.connect(instanceId)).close();
}

function sendAll(sender: TestClient, to: string, contents: string[]) {
  return sender.askAll(...contents.map((content) => ({ action: "send_message", type: "task", to, content }) as const));
}

describe("Q6 a full queue", () => {
  it("refuses its sender, stores nothing, and delivers nothing of it later, even after a crash", async () => {
    const { a, b } = freshIds();
    await connectAndLeave(b);
    const sender = await TestClient.connect(a);
    const replies = await sendAll(sender, b, ["1", "2", "3", "4", "5", "6", "7"]);
    expect(replies.map((reply) => reply.code ?? "ok")).toEqual([
      ...new Array(5).fill("ok"),
      "queue_full",
      "queue_full",
    ]);
    expect(replies[6]?.details).toMatchObject({ depth: 5, maxMessages: 5 });
    expect(await sender.message(b, "8")).toMatchObject({ code: "queue_full" });
    await crash();
    const receiver = await TestClient.connect(b);
    await receiver.untilDelivered(5);
    await receiver.ackAll();
    await receiver.sync();
    expect(receiver.contents).toEqual(["1", "2", "3", "4", "5"]);
    expect(await storeRows('SELECT 1 FROM messages WHERE body LIKE \'%"content":"6"%\' AND sender = ?', a)).toEqual([]);
  });

  it("the twin: a refused message sent again is taken when there is room", async () => {
    const { a, b } = freshIds();
    await connectAndLeave(b);
    const sender = await TestClient.connect(a);
    await sendAll(sender, b, ["1", "2", "3", "4", "5"]);
    const messageId = crypto.randomUUID();
    expect(await sender.message(b, "6", { messageId })).toMatchObject({ code: "queue_full" });
    const receiver = await TestClient.connect(b);
    await receiver.untilDelivered(5);
    await receiver.ackAll();
    const again = await sender.message(b, "6", { messageId });
    expect([again.messageId, again.duplicate]).toEqual([messageId, undefined]);
    await receiver.untilDelivered(6);
    expect(receiver.contents.at(-1)).toBe("6");
  });

  it("counts bytes as well as messages", async () => {
    const { a, b } = freshIds();
    await connectAndLeave(b);
    const sender = await TestClient.connect(a);
    const large = "x".repeat(9_000);
    const replies = await sendAll(sender, b, [large, large, large, "small"]);
    expect(replies.map((reply) => reply.code ?? "ok")).toEqual(["ok", "ok", "queue_full", "ok"]);
  });

  it("is one recipient's: what goes elsewhere in the same text is taken", async () => {
    const { a, b, c } = freshIds();
    await connectAndLeave(b);
    await connectAndLeave(c);
    const sender = await TestClient.connect(a);
    await sendAll(sender, b, ["1", "2", "3", "4", "5"]);
    const [full, taken] = await sender.askAll(
      { action: "send_message", type: "task", to: b, content: "6" },
      { action: "send_message", type: "task", to: c, content: "1" },
    );
    expect([full?.code, taken?.code]).toEqual(["queue_full", undefined]);
  });
});

describe("E4 rate limit", () => {
  it("takes 60 frames, refuses the next with the time to wait, and keeps its word", async () => {
    const clock = useClock();
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    const replies = await client.askAll(...new Array(RATE_FRAMES + 20).fill(CHEAP));
    const refused = replies.filter((reply) => reply.code !== undefined);
    // While the test runs a token or two may come back.
    expect(refused.length).toBeGreaterThanOrEqual(17);
    expect(replies.slice(0, RATE_FRAMES).every((reply) => reply.code === undefined)).toBe(true);
    for (const reply of refused) expect(reply).toMatchObject({ code: "rate_limited", error: expect.any(String) });
    const retryAfterMs = refused[0]?.retryAfterMs as number;
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(RATE_WINDOW_MS / RATE_FRAMES + 1);
    clock.advance(retryAfterMs);
    expect((await client.ask(CHEAP)).code).toBeUndefined();
    clock.advance(RATE_WINDOW_MS);
    expect((await client.askAll(...new Array(RATE_FRAMES).fill(CHEAP))).some((reply) => reply.code)).toBe(false);
  });

  it("counts a claim as one frame for each 50 names", async () => {
    const clock = useClock();
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    const names = Array.from({ length: 1_000 }, (_, n) => `${a} ${n}`);
    const claims = await client.askAll(...new Array(6).fill({ action: "claim", names }));
    expect(claims.slice(0, 3).every((reply) => "granted" in reply)).toBe(true);
    expect(claims.slice(4).map(({ code }) => code)).toEqual(["rate_limited", "rate_limited"]);
    clock.advance(RATE_WINDOW_MS);
    expect(await client.ask({ action: "release" })).toHaveProperty("released");
  });

  it("counts a schedule that is made or changed as five frames: its times are looked for", async () => {
    const clock = useClock();
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    const frame = {
      action: "create_schedule" as const,
      name: "x",
      target: a,
      messageType: "ping" as const,
      content: "x",
    };
    const made = await client.askAll(...new Array(14).fill({ ...frame, expression: "every 1d" }));
    expect(made.map(({ code }) => code)).toEqual([...new Array(12).fill(undefined), "rate_limited", "rate_limited"]);
    clock.advance(RATE_WINDOW_MS);
    expect(await client.ask({ action: "list_schedules" })).toHaveProperty("schedules");
  });

  it("survives a reconnect and a takeover; another instance has its own", async () => {
    const { a, b } = freshIds();
    const first = await TestClient.connect(a);
    await first.askAll(...new Array(RATE_FRAMES + 5).fill(CHEAP));
    await first.close();
    const second = await TestClient.connect(a);
    const burst = await second.askAll(...new Array(10).fill(CHEAP));
    expect(burst.filter((reply) => reply.code === "rate_limited").length).toBeGreaterThan(0);
    const third = await TestClient.connect(a);
    const again = await third.askAll(...new Array(10).fill(CHEAP));
    expect(again.filter((reply) => reply.code === "rate_limited").length).toBeGreaterThan(0);
    const other = await TestClient.connect(b);
    expect((await other.ask(CHEAP)).code).toBeUndefined();
  });

  it("counts what is refused for its shape, and neither acks nor the text ping", async () => {
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    const acks = await client.askAll(...new Array(150).fill({ action: "ack", upTo: 0 }));
    expect(acks.every((reply) => reply.acked === 0)).toBe(true);
    for (let i = 0; i < 100; i++) client.sendText("ping");
    for (let i = 0; i < RATE_FRAMES; i++) client.sendText(`{"action":"nope","requestId":"n${i}"}`);
    await client.reply(`n${RATE_FRAMES - 1}`);
    const burst = await client.askAll(...new Array(10).fill(CHEAP));
    expect(burst.filter((reply) => reply.code === "rate_limited").length).toBeGreaterThan(0);
  });
});

describe("4029 flooding", () => {
  it("closes a client that is refused 300 times in 10 s, and takes it back", async () => {
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    for (let i = 0; i < FLOOD_REFUSALS; i++) client.sendText("not json");
    expect((await client.untilClosed()).code).toBe(4029);
    expect(client.errors.length).toBeLessThanOrEqual(FLOOD_REFUSALS);
    const again = await TestClient.connect(a);
    await again.sync();
  });

  it("[E4] closes a client that pings without end, not one that pings often", async () => {
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    for (let i = 0; i < PINGS_MAX; i++) client.sendText("ping");
    await client.sync();
    expect(client.errors).toEqual([]);
    for (let i = 0; i < 2 * FLOOD_REFUSALS; i++) client.sendText("ping");
    expect((await client.untilClosed()).code).toBe(4029);
    expect(client.errors[0]?.code).toBe("rate_limited");
  });

  it("the twin: one refusal less leaves it open, and so do as many in two windows", async () => {
    const clock = useClock();
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < FLOOD_REFUSALS - 1; i++) client.sendText("not json");
      await client.until(() => client.errors.length === (round + 1) * (FLOOD_REFUSALS - 1), "every error");
      clock.advance(RATE_WINDOW_MS);
    }
    await client.sync();
    expect(client.closed).toBeUndefined();
  });
});

describe("E4 acks", () => {
  const manyIds = (count: number) => Array.from({ length: count }, () => crypto.randomUUID());
  const ack = (messageIds: string[]) => ({ action: "ack", messageIds }) as const;

  it("of ids that nobody was given cost by their number, and who goes on is closed (4029)", async () => {
    const { a, b } = freshIds();
    const [flooder, other] = [await TestClient.connect(a), await TestClient.connect(b)];
    const text = JSON.stringify(Array.from({ length: 25 }, () => ack(manyIds(1_000))));
    for (let n = 0; n < 5; n++) flooder.sendText(text);
    expect(await other.message(a, "is anybody there")).toMatchObject({ messageId: expect.any(String) });
    expect((await flooder.untilClosed()).code).toBe(4029);
    expect(flooder.errors[0]).toMatchObject({ code: "rate_limited", retryAfterMs: expect.any(Number) });
  });

  it("of at most 1,000 ids are read, and the refusal says how many it were; a text full of them is closed", async () => {
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    const reply = await client.ask(ack(manyIds(1_001)));
    expect(reply).toMatchObject({ code: "invalid_payload", error: expect.stringMatching(/at most 1000 ids.*1001/) });
    for (let n = 0; n < 30; n++) client.send(ack(manyIds(25_000)));
    expect((await client.untilClosed()).code).toBe(4029);
  });

  it("the twin: of what was given are free, whatever their number, and so is what was acked before, in reason", async () => {
    const { a, b } = freshIds();
    const [sender, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    const ids = await sender.messages(b, ["1", "2", "3", "4", "5"]);
    await receiver.untilDelivered(5);
    expect(await receiver.ask(ack(ids))).toMatchObject({ acked: 5 });
    const again = await receiver.askAll(...new Array(50).fill(ack([...ids, ...manyIds(20)])));
    expect(again.every((reply) => reply.acked === 0)).toBe(true);
    expect(await receiver.ask({ ...ack(ids), state: "seen" })).toMatchObject({ acked: 5 });
  });

  it("[M3] of copies of publications are found, also by who comes back", async () => {
    const { a, b } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await bob.ask({ action: "subscribe_topic", topic: "acks/copies" });
    const publish = {
      action: "publish_topic",
      topic: "acks/copies",
      type: "task",
      content: "x",
      persistent: true,
    } as const;
    for (let n = 0; n < 3; n++) await alice.ask(publish);
    await bob.untilDelivered(3);
    await bob.close();
    const back = await TestClient.connect(b, { isAcking: false });
    await back.untilDelivered(3);
    const ids = back.delivered.map(({ messageId }) => messageId);
    expect(await back.ask(ack(ids.slice(0, 1)))).toMatchObject({ acked: 1 });
    expect(await back.ask({ ...ack(ids), state: "seen" })).toMatchObject({ acked: 3 });
    expect(await back.ask({ ...ack(ids), state: "seen" })).toMatchObject({ acked: 0 });
    expect(await alice.ask({ action: "status", messageId: ids[2] as string })).toMatchObject({ state: "seen" });
  });
});
