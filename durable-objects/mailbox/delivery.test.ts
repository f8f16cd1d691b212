/** Section 6 over real sockets: a message from one client to another, and everything that may happen on the way. */

import { describe, expect, it } from "vitest";
import { LEASE_MS } from "../../shared/limits.ts";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import {
  alarmAt,
  crash,
  crashExchange,
  freshIds,
  queueRows,
  runAlarm,
  storeRows,
} from "../../test/helpers/workerd/hub.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => String(from + i));

/** An instance that exists and is offline. */
async function makeKnown(instanceId: string): Promise<void> {
  const client = await TestClient.connect(instanceId);
  await client.close();
}

describe("Q1 accepted means durable", () => {
  it("the message is in the store when the reply comes", async () => {
    const { a, b } = freshIds();
    const [sender] = [await TestClient.connect(a), await makeKnown(b)];
    const [messageId = ""] = await sender.messages(b, ["keep me"]);
    expect(await queueRows(b)).toMatchObject([{ id: messageId, state: 0, attempts: 0 }]);
  });

  it("an accepted message survives a crash right behind its reply", async () => {
    const { a, b } = freshIds();
    await makeKnown(b);
    const sender = await TestClient.connect(a);
    const ids = await sender.messages(b, numbers(20));
    await crash();
    const receiver = await TestClient.connect(b);
    await receiver.untilDelivered(20);
    expect(receiver.delivered.map((message) => message.messageId)).toEqual(ids);
    expect(receiver.contents).toEqual(numbers(20));
  });

  it("M3 the refusal of a conflicting message does not take the accepted one out of the log", async () => {
    const { a, b } = freshIds();
    await makeKnown(b);
    const sender = await TestClient.connect(a);
    const message = { action: "send_message", to: b, type: "task", messageId: crypto.randomUUID() } as const;
    const replies = await sender.askAll({ ...message, content: "kept" }, { ...message, content: "refused" });
    expect(replies).toMatchObject([{ messageId: message.messageId }, { code: "conflict" }]);
    await crash();
    const receiver = await TestClient.connect(b);
    await receiver.untilDelivered(1);
    await receiver.sync();
    expect(receiver.contents).toEqual(["kept"]);
  });
});

describe("Q2 order", () => {
  it("is that of sending, while the recipient is away, over a crash of the exchange, and live", async () => {
    const { a, b } = freshIds();
    await makeKnown(b);
    const sender = await TestClient.connect(a);
    await sender.messages(b, numbers(10));
    await crashExchange();
    await sender.messages(b, numbers(10, 10));
    const receiver = await TestClient.connect(b);
    await sender.messages(b, numbers(10, 20));
    await receiver.untilDelivered(30);
    expect(receiver.contents).toEqual(numbers(30));
    const seqs = receiver.delivered.map((message) => message.seq as number);
    expect(seqs).toEqual([...seqs].sort((x, y) => x - y));
  });

  it("holds for what is pipelined on one socket, in arrays and alone", async () => {
    const { a, b } = freshIds();
    const receiver = await TestClient.connect(b, { isAcking: true });
    const sender = await TestClient.connect(a);
    const frame = (content: string) => ({ action: "send_message", to: b, type: "task", content }) as const;
    for (let i = 0; i < 200; i += 5) {
      sender.send(frame(`${i}`));
      sender.send(...numbers(4, i + 1).map(frame));
    }
    await receiver.untilDelivered(200);
    expect(receiver.contents).toEqual(numbers(200));
  });

  it("holds over a crash with more under way than the window takes", async () => {
    const { a, b } = freshIds();
    const receiver = await TestClient.connect(b);
    const sender = await TestClient.connect(a);
    await sender.messages(b, numbers(120));
    await receiver.untilDelivered(100);
    await crash();
    const again = await TestClient.connect(b, { isAcking: true });
    await again.untilDelivered(120);
    expect(again.contents).toEqual(numbers(120));
  });
});

describe("Q3 redelivery until acked", () => {
  it("on reconnect, with one attempt more", async () => {
    const { a, b } = freshIds();
    const receiver = await TestClient.connect(b);
    const sender = await TestClient.connect(a);
    await sender.messages(b, ["x", "y"]);
    await receiver.untilDelivered(2);
    await receiver.close();
    const again = await TestClient.connect(b);
    expect(again.welcome.pending).toBe(2);
    await again.untilDelivered(2);
    expect(again.delivered.map((m) => [m.content, m.attempt, m.seq])).toEqual([
      ["x", 2, receiver.delivered[0]?.seq],
      ["y", 2, receiver.delivered[1]?.seq],
    ]);
  });

  it("on takeover: the older socket is closed with 4001, the newer has what was unacked", async () => {
    const { a, b } = freshIds();
    const first = await TestClient.connect(b);
    const sender = await TestClient.connect(a);
    await sender.messages(b, ["acked", "unacked"]);
    await first.untilDelivered(2);
    await first.ask({ action: "ack", upTo: first.delivered[0]?.seq });
    const second = await TestClient.connect(b);
    expect((await first.untilClosed()).code).toBe(4001);
    await second.untilDelivered(1);
    await second.sync();
    expect(second.delivered.map((m) => [m.content, m.attempt])).toEqual([["unacked", 2]]);
    await sender.messages(b, ["next"]);
    await second.untilDelivered(2);
    expect(first.contents).toEqual(["acked", "unacked"]);
  });

  it("when its lease runs out, and not before", async () => {
    const clock = useClock();
    const { a, b } = freshIds();
    const receiver = await TestClient.connect(b);
    const sender = await TestClient.connect(a);
    await sender.messages(b, ["x"]);
    await receiver.untilDelivered(1);
    clock.advance(LEASE_MS - 5_000);
    await runAlarm();
    await receiver.sync();
    expect(receiver.contents).toEqual(["x"]);
    clock.advance(5_000);
    await runAlarm();
    await receiver.untilDelivered(2);
    expect(receiver.delivered.map((m) => m.attempt)).toEqual([1, 2]);
  });

  it("[Q2] in order, where leases that were renewed at different times run out together", async () => {
    const clock = useClock();
    const { a, b } = freshIds();
    const receiver = await TestClient.connect(b);
    const sender = await TestClient.connect(a);
    await sender.messages(b, ["1", "2"]);
    await receiver.untilDelivered(2);
    clock.advance(LEASE_MS - 5_000);
    await sender.messages(b, ["3"]);
    await receiver.untilDelivered(3);
    clock.advance(5_000);
    await runAlarm();
    await receiver.untilDelivered(5);
    clock.advance(2 * LEASE_MS);
    await runAlarm();
    await receiver.untilDelivered(8);
    expect(receiver.contents).toEqual(["1", "2", "3", "1", "2", "1", "2", "3"]);
  });

  it("sets its alarm for the lease of what acks made room for", async () => {
    const clock = useClock();
    const { a, b } = freshIds();
    const receiver = await TestClient.connect(b);
    const sender = await TestClient.connect(a);
    await sender.messages(b, numbers(101));
    await receiver.untilDelivered(100);
    clock.advance(LEASE_MS - 1_000);
    await receiver.ackAll();
    await receiver.untilDelivered(101);
    const deliveredAt = Date.now();
    // The alarm for the leases of the first hundred finds them acked and looks ahead.
    await runAlarm();
    expect(await alarmAt()).toBeLessThanOrEqual(deliveredAt + LEASE_MS);
    clock.advance(LEASE_MS);
    await runAlarm();
    await receiver.untilDelivered(102);
    expect(receiver.delivered.at(-1)).toMatchObject({ content: "100", attempt: 2 });
  });

  it("after the exchange lost its memory under a socket that stayed", async () => {
    const { a, b } = freshIds();
    const receiver = await TestClient.connect(b);
    const sender = await TestClient.connect(a);
    await sender.messages(b, ["x"]);
    await receiver.untilDelivered(1);
    await crashExchange();
    await sender.messages(b, ["y"]);
    await receiver.untilDelivered(2);
    await receiver.sync();
    // What was given before is still held by this socket, so it is not given again, and its ack counts.
    expect(receiver.delivered.map((m) => [m.content, m.seq, m.attempt])).toEqual([
      ["x", 1, 1],
      ["y", 2, 1],
    ]);
    expect(await receiver.ackAll()).toBe(2);
    expect(receiver.closed).toBeUndefined();
  });
});

describe("Q4 acked is never pushed again", () => {
  for (const [name, lose] of [
    ["a reconnect", (client: TestClient) => client.close()],
    ["a crash of the exchange alone", () => crashExchange()],
    ["a crash", () => crash()],
  ] as const) {
    it(`not after ${name}, where what was not acked is`, async () => {
      const { a, b } = freshIds();
      const receiver = await TestClient.connect(b);
      const sender = await TestClient.connect(a);
      await sender.messages(b, ["acked", "unacked"]);
      await receiver.untilDelivered(2);
      expect((await receiver.ask({ action: "ack", upTo: receiver.delivered[0]?.seq })).acked).toBe(1);
      await lose(receiver);
      const again = await TestClient.connect(b);
      expect(again.welcome.pending).toBe(1);
      await again.untilDelivered(1);
      await again.sync();
      expect(again.contents).toEqual(["unacked"]);
    });
  }

  it("upTo acks what was delivered on this socket, never what was not", async () => {
    const { a, b } = freshIds();
    const receiver = await TestClient.connect(b);
    const sender = await TestClient.connect(a);
    await sender.messages(b, numbers(130));
    await receiver.untilDelivered(100);
    expect((await receiver.ask({ action: "ack", upTo: 1_000_000 })).acked).toBe(100);
    await receiver.untilDelivered(130);
    expect(receiver.contents).toEqual(numbers(130));
  });

  it("by messageIds, in any order, each once", async () => {
    const { a, b } = freshIds();
    const receiver = await TestClient.connect(b);
    const sender = await TestClient.connect(a);
    const [x = "", y = "", z = ""] = await sender.messages(b, ["x", "y", "z"]);
    await receiver.untilDelivered(3);
    const unknown = crypto.randomUUID();
    expect((await receiver.ask({ action: "ack", messageIds: [z, x, unknown] })).acked).toBe(2);
    expect((await receiver.ask({ action: "ack", messageIds: [z, y] })).acked).toBe(1);
    await receiver.close();
    const again = await TestClient.connect(b);
    expect(again.welcome.pending).toBe(0);
  });
});

describe("Q5 window", () => {
  it("holds 100 unacked messages; acks let the rest come", async () => {
    const { a, b } = freshIds();
    await makeKnown(b);
    const sender = await TestClient.connect(a);
    await sender.messages(b, numbers(150));
    const receiver = await TestClient.connect(b);
    expect(receiver.welcome).toMatchObject({ pending: 150, limits: { unackedMessages: 100 } });
    await receiver.untilDelivered(100);
    await receiver.sync();
    expect(receiver.contents).toEqual(numbers(100));
    await receiver.ask({ action: "ack", upTo: receiver.delivered[9]?.seq });
    await receiver.sync();
    expect(receiver.contents).toEqual(numbers(110));
  });

  it("holds over a reconnect", async () => {
    const { a, b } = freshIds();
    await makeKnown(b);
    const sender = await TestClient.connect(a);
    await sender.messages(b, numbers(150));
    const first = await TestClient.connect(b);
    await first.untilDelivered(100);
    await first.close();
    const second = await TestClient.connect(b);
    await second.untilDelivered(100);
    await second.sync();
    expect(second.contents).toEqual(numbers(100));
  });

  it("holds 1 MiB of unacked messages", async () => {
    const { a, b } = freshIds();
    const receiver = await TestClient.connect(b);
    const sender = await TestClient.connect(a);
    const large = "x".repeat(65_000);
    for (let i = 0; i < 4; i++) await sender.messages(b, new Array(5).fill(large));
    await receiver.untilDelivered(16);
    await receiver.sync();
    expect(receiver.contents).toHaveLength(16);
    await receiver.ackAll();
    await receiver.untilDelivered(20);
  });
});

it("[Q4] upTo acks nothing that was not written yet, whatever seq it names", async () => {
  const { a } = freshIds();
  const alice = await TestClient.connect(a);
  const toSelf = { action: "send_message", to: a, type: "task", content: "x" } as const;
  const [, early] = await alice.askAll(toSelf, { action: "ack", upTo: Number.MAX_SAFE_INTEGER });
  expect(early?.acked).toBe(0);
  await alice.untilDelivered(1);
  expect(await queueRows(a)).toMatchObject([{ state: 1 }]);
  expect((await alice.ask({ action: "ack", upTo: Number.MAX_SAFE_INTEGER })).acked).toBe(1);
});

describe("Q7 get_messages", () => {
  it("returns and acks the oldest in one step", async () => {
    const { a, b } = freshIds();
    await makeKnown(b);
    const sender = await TestClient.connect(a);
    const ids = await sender.messages(b, numbers(5));
    const receiver = await TestClient.connect(b);
    await receiver.untilDelivered(5);
    const pulled = await receiver.ask({ action: "get_messages", limit: 3 });
    expect(pulled.messages?.map((m) => m.messageId)).toEqual(ids.slice(0, 3));
    expect(await sender.ask({ action: "status", messageId: ids[0] as string })).toMatchObject({ state: "acked" });
    expect(await sender.ask({ action: "status", messageId: ids[3] as string })).toMatchObject({ state: "delivered" });
    await crash();
    const again = await TestClient.connect(b);
    await again.untilDelivered(2);
    await again.sync();
    expect(again.contents).toEqual(["3", "4"]);
  });

  it("acks nothing with peek, and acks by id afterwards", async () => {
    const { a, b } = freshIds();
    await makeKnown(b);
    const sender = await TestClient.connect(a);
    const ids = await sender.messages(b, numbers(2));
    const receiver = await TestClient.connect(b);
    const peeked = await receiver.ask({ action: "get_messages", peek: true });
    expect(peeked.messages?.map((m) => m.content)).toEqual(["0", "1"]);
    expect((await receiver.ask({ action: "get_messages", peek: true })).messages).toHaveLength(2);
    expect((await receiver.ask({ action: "ack", messageIds: ids })).acked).toBe(2);
    expect((await receiver.ask({ action: "get_messages" })).messages).toEqual([]);
  });

  it("gives 10 unless told otherwise, and makes room in the window", async () => {
    const { a, b } = freshIds();
    await makeKnown(b);
    const sender = await TestClient.connect(a);
    await sender.messages(b, numbers(120));
    const receiver = await TestClient.connect(b);
    await receiver.untilDelivered(100);
    expect((await receiver.ask({ action: "get_messages" })).messages).toHaveLength(10);
    await receiver.untilDelivered(110);
    expect((await receiver.ask({ action: "get_messages", limit: 100 })).messages).toHaveLength(100);
    await receiver.untilDelivered(120);
  });
});

describe("Q10 a broken row", () => {
  it("becomes a dead letter, its sender hears of it, and the rest is delivered", async () => {
    const { a, b } = freshIds();
    await makeKnown(b);
    const sender = await TestClient.connect(a);
    const ids = await sender.messages(b, ["x", "y", "z"]);
    await storeRows("UPDATE messages SET body = '{\"messageId\":' WHERE message_id = ?", ids[1] as string);
    const receiver = await TestClient.connect(b);
    await receiver.untilDelivered(2);
    expect(receiver.contents).toEqual(["x", "z"]);
    await sender.untilReceipt(ids[1], "dead");
    expect(await sender.ask({ action: "status", messageId: ids[1] as string })).toMatchObject({
      state: "dead",
      reason: "its stored envelope cannot be read",
    });
  });
});

describe("receipts and status", () => {
  it("tell the sender how far a message got: delivered, acked, seen", async () => {
    const { a, b } = freshIds();
    const receiver = await TestClient.connect(b);
    const sender = await TestClient.connect(a);
    const { messageId } = await sender.message(b, "x");
    await sender.untilReceipt(messageId, "delivered");
    expect(sender.receiptsOf(messageId)).toEqual(["delivered"]);
    await receiver.ackAll();
    await sender.untilReceipt(messageId, "acked");
    await receiver.ask({ action: "ack", upTo: receiver.delivered[0]?.seq, state: "seen" });
    await sender.untilReceipt(messageId, "seen");
    expect(sender.receiptsOf(messageId)).toEqual(["delivered", "acked", "seen"]);
    expect(sender.receipts.every((receipt) => receipt.instanceId === b)).toBe(true);
    const { state, attempts, history } = await sender.ask({ action: "status", messageId: messageId as string });
    expect([state, attempts, history?.map((step) => step.state)]).toEqual([
      "seen",
      1,
      ["queued", "delivered", "acked", "seen"],
    ]);
  });

  it("say delivered only when the recipient comes", async () => {
    const { a, b, c } = freshIds();
    await makeKnown(b);
    const other = await TestClient.connect(c, { isAcking: true });
    const sender = await TestClient.connect(a);
    const { messageId } = await sender.message(b, "waits");
    const fence = await sender.message(c, "goes");
    await sender.untilReceipt(fence.messageId, "acked");
    expect(other.contents).toEqual(["goes"]);
    expect(sender.receiptsOf(messageId)).toEqual([]);
    await TestClient.connect(b);
    await sender.untilReceipt(messageId, "delivered");
  });

  it("status is answered right after a crash, before history has what was accepted just before it", async () => {
    const { a, b, c } = freshIds();
    await (await TestClient.connect(b)).close();
    const sender = await TestClient.connect(a);
    const { messageId } = await sender.message(b, "x");
    await crash();
    const [again, other] = [await TestClient.connect(a), await TestClient.connect(c)];
    const frame = { action: "status", messageId: messageId as string } as const;
    const [own, foreign] = await Promise.all([again.ask(frame), other.ask(frame)]);
    expect([own.state, foreign.code]).toEqual(["queued", "not_found"]);
  });

  it("status is for its sender and its recipient, and for nobody else", async () => {
    const { a, b, c } = freshIds();
    const [sender, receiver, stranger] = await Promise.all([a, b, c].map((id) => TestClient.connect(id)));
    const messageId = (await sender?.message(b, "x"))?.messageId as string;
    const frame = { action: "status", messageId } as const;
    expect(await sender?.ask(frame)).toMatchObject({ messageId, state: "delivered", attempts: 1 });
    expect(await receiver?.ask(frame)).toMatchObject({ messageId, state: "delivered" });
    expect(await stranger?.ask(frame)).toMatchObject({ code: "not_found" });
    expect(await sender?.ask({ action: "status", messageId: crypto.randomUUID() })).toMatchObject({
      code: "not_found",
    });
  });

  it("an expired message ends with the receipt expired, within its time", async () => {
    const clock = useClock();
    const { a, b } = freshIds();
    await makeKnown(b);
    const sender = await TestClient.connect(a);
    const short = await sender.message(b, "short", { ttlSeconds: 60 });
    const long = await sender.message(b, "long", { ttlSeconds: 3_600 });
    const dueAt = Date.now() + 60_000;
    expect(await alarmAt()).toBeLessThanOrEqual(dueAt + 5_000);
    clock.advance(59_000);
    await runAlarm();
    expect(await sender.ask({ action: "status", messageId: short.messageId as string })).toMatchObject({
      state: "queued",
    });
    expect(await alarmAt()).toBeLessThanOrEqual(dueAt + 5_000);
    clock.advance(1_000);
    await runAlarm();
    await sender.untilReceipt(short.messageId, "expired");
    const status = await sender.ask({ action: "status", messageId: short.messageId as string });
    expect(status).toMatchObject({ state: "expired", reason: "not acked before it expired" });
    const receiver = await TestClient.connect(b);
    await receiver.untilDelivered(1);
    expect(receiver.contents).toEqual(["long"]);
    expect(sender.receiptsOf(long.messageId)).not.toContain("expired");
  });

  it("Q6 a message that is past its time is not delivered, even if its alarm is late", async () => {
    const clock = useClock();
    const { a, b } = freshIds();
    await makeKnown(b);
    const sender = await TestClient.connect(a);
    const { messageId } = await sender.message(b, "late", { ttlSeconds: 60 });
    await sender.message(b, "fine");
    clock.advance(61_000);
    const receiver = await TestClient.connect(b);
    await receiver.untilDelivered(1);
    expect([receiver.contents, receiver.welcome.pending]).toEqual([["fine"], 1]);
    await sender.untilReceipt(messageId, "expired");
  });
});
