/** Sections 2 to 4 over real sockets: addresses, message ids, arrays, errors, and who is there. */
import { describe, expect, it } from "vitest";
import { CONTENT_MAX_BYTES } from "../../shared/limits.ts";
import { crash, crashExchange, freshIds, storeRows } from "../../test/helpers/workerd/hub.ts";
import { call } from "../../test/helpers/workerd/rest.ts";
import { type Reply, TestClient } from "../../test/helpers/workerd/test-client.ts";
import { fanOutId } from "../fan-out-id.ts";

const MESSAGE = { action: "send_message", type: "task" } as const;

async function connectAndLeave(instanceId: string): Promise<void> {
  await (await TestClient.connect(instanceId)).close();
}

describe("M1 what the hub stamps", () => {
  it("from and timestamp are the hub's, whatever the client says", async () => {
    const { a, b } = freshIds();
    const [sender, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    const since = Date.now();
    sender.sendText(
      JSON.stringify({
        ...MESSAGE,
        to: b,
        content: "x",
        from: "boss@h:p/s",
        timestamp: "2000-01-01T00:00:00.000Z",
        fromRole: "boss",
        expiresAt: "2000-01-01T00:00:00.000Z",
      }),
    );
    await receiver.untilDelivered(1);
    const [message] = receiver.delivered;
    expect(message).toMatchObject({ from: a, to: b, type: "task", content: "x", seq: 1, attempt: 1 });
    expect(Date.parse(message?.timestamp as string)).toBeGreaterThanOrEqual(since);
    expect([message?.fromRole, message?.expiresAt]).toEqual([undefined, undefined]);
  });

  it("what the client may say arrives as it said it", async () => {
    const { a, b } = freshIds();
    const [sender, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    const said = {
      type: "result",
      content: 'line\nline \u2028 \u0000 "quoted" 日本 😀 alone',
      metadata: { "a b": "c", n: -1.5, yes: true, no: null, "": "empty key" },
      replyToMessageId: crypto.randomUUID(),
      messageId: crypto.randomUUID(),
    } as const;
    await sender.message(b, said.content, said);
    await receiver.untilDelivered(1);
    expect(receiver.delivered[0]).toMatchObject(said);
    await crash();
    const again = await TestClient.connect(b);
    await again.untilDelivered(1);
    expect(again.delivered[0]).toMatchObject(said);
  });
});

describe("M2 sizes", () => {
  it("content of 65 536 bytes arrives whole, one byte more is refused", async () => {
    const { a, b } = freshIds();
    const [sender, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    const largest = "é".repeat(CONTENT_MAX_BYTES / 2);
    await sender.message(b, largest);
    await receiver.untilDelivered(1);
    expect(receiver.contents).toEqual([largest]);
    const { code, error } = await sender.message(b, `${largest}x`);
    expect([code, error?.includes("65536")]).toEqual(["content_too_large", true]);
    await receiver.sync();
    expect(receiver.contents).toHaveLength(1);
  });
});

describe("M3 message ids", () => {
  it("the same again is answered again and stored once", async () => {
    const { a, b } = freshIds();
    const [sender, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    const messageId = crypto.randomUUID();
    const first = await sender.message(b, "x", { messageId });
    expect(first).toMatchObject({ messageId, queued: false, to: b });
    expect(first.duplicate).toBeUndefined();
    expect(await sender.message(b, "x", { messageId })).toMatchObject({ messageId, duplicate: true });
    await crash();
    const again = await TestClient.connect(a);
    expect(await again.message(b, "x", { messageId })).toMatchObject({ messageId, duplicate: true });
    const back = await TestClient.connect(b);
    await back.untilDelivered(1);
    await back.sync();
    expect([receiver.contents, back.contents]).toEqual([["x"], ["x"]]);
  });

  it("the same id otherwise is a conflict: other content, other recipient, other sender", async () => {
    const { a, b, c } = freshIds();
    const stranger = freshIds().a;
    const [sender, receiver, third, other] = await Promise.all([a, b, c, stranger].map((id) => TestClient.connect(id)));
    const messageId = crypto.randomUUID();
    expect((await sender?.message(b, "x", { messageId }))?.messageId).toBe(messageId);
    expect(await sender?.message(b, "y", { messageId })).toMatchObject({ code: "conflict" });
    expect(await sender?.message(c, "x", { messageId })).toMatchObject({ code: "conflict" });
    expect(await other?.message(b, "x", { messageId })).toMatchObject({ code: "conflict" });
    await receiver?.sync();
    await third?.sync();
    expect([receiver?.contents, third?.contents]).toEqual([["x"], []]);
  });

  it("other content, type, metadata, recipient in one text: each has its own answer", async () => {
    const { a, b, c } = freshIds();
    const [sender, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    await connectAndLeave(c);
    const frame = { ...MESSAGE, to: b, content: "x", messageId: crypto.randomUUID() };
    const replies = await sender.askAll(
      frame,
      frame,
      { ...frame, content: "y" },
      { ...frame, type: "result" },
      { ...frame, metadata: { a: 1 } },
      { ...frame, to: c },
    );
    expect(replies.map((reply) => reply.code ?? reply.duplicate ?? "new")).toEqual([
      "new",
      true,
      "conflict",
      "conflict",
      "conflict",
      "conflict",
    ]);
    await receiver.untilDelivered(1);
    await receiver.sync();
    expect(receiver.contents).toEqual(["x"]);
  });

  it("ids that do not sort by time are known as well as those that do", async () => {
    const { a, b } = freshIds();
    const [sender, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    const ids = ["f", "0", "8", "1"].map((digit) => crypto.randomUUID().replace(/^./, digit));
    for (const messageId of ids) await sender.message(b, "x", { messageId });
    await crashExchange();
    for (const messageId of ids) {
      expect(await sender.message(b, "x", { messageId })).toMatchObject({ duplicate: true });
    }
    await receiver.sync();
    expect(new Set(receiver.delivered.map((message) => message.messageId))).toEqual(new Set(ids));
  });
});

describe("A3 a partial address never means who asks", () => {
  it("so with one other session there it is that one, online or not, and with none it is nobody", async () => {
    const { a, b, partial } = freshIds();
    const sender = await TestClient.connect(a);
    expect(await sender.message(partial, "to myself?")).toMatchObject({ code: "unknown_instance" });
    expect(await sender.ask({ action: "ping", to: partial })).toMatchObject({ online: false });
    const other = await TestClient.connect(b);
    expect(await sender.message(partial, "to the other")).toMatchObject({ to: b, queued: false });
    expect(await sender.ask({ action: "ping", to: partial })).toMatchObject({ online: true, instanceId: b });
    await other.close();
    await expect.poll(async () => (await sender.ask({ action: "ping", to: b })).online, { interval: 5 }).toBe(false);
    expect(await sender.message(partial, "for later")).toMatchObject({ to: b, queued: true });
    await sender.sync();
    expect(sender.contents).toEqual([]);
  });
});

describe("E6 an answer", () => {
  it("to what the hub does not know is accepted, and says so", async () => {
    const { a, b } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    const unknown = crypto.randomUUID();
    const reply = await alice.message(b, "answer", { replyToMessageId: unknown });
    expect(reply).toMatchObject({ queued: false, replyToUnknown: true, warning: expect.stringContaining(unknown) });
    await bob.untilDelivered(1);
    await bob.ask({ action: "set_role", role: "answered" });
    await bob.ask({ action: "subscribe_topic", topic: "e6/answers" });
    const message = { type: "result", content: "x", replyToMessageId: unknown } as const;
    const replies = await alice.askAll(
      { action: "send_message", to: "role:answered", ...message },
      { action: "publish_topic", topic: "e6/answers", ...message },
      { action: "send_message", to: "topic:e6/answers", ...message },
    );
    for (const each of replies) expect(each).toMatchObject({ replyToUnknown: true });
    await bob.close();
    const away = await alice.message(b, "answer", { replyToMessageId: unknown });
    expect(away.warning).toMatch(/is offline.*does not know/);
  });

  it("the twin: to what it knows says nothing, given, acked, a copy or a broadcast", async () => {
    const { a, b } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await bob.ask({ action: "subscribe_topic", topic: "e6/known" });
    const ids = await alice.messages(b, ["given", "acked"]);
    const whole = (await alice.ask({ action: "broadcast", type: "task", content: "x" })).messageId as string;
    await alice.ask({ action: "publish_topic", topic: "e6/known", type: "task", content: "x", persistent: true });
    await bob.untilDelivered(4);
    await bob.ask({ action: "ack", messageIds: [ids[1] as string] });
    for (const id of [...ids, whole, ...bob.delivered.map(({ messageId }) => messageId)]) {
      const reply = await bob.message(a, "answer", { replyToMessageId: id });
      expect([reply.queued, reply.replyToUnknown, reply.warning]).toEqual([false, undefined, undefined]);
    }
  });
});

describe("M3 an id", () => {
  it("in capitals is the one in small letters", async () => {
    const { a, b } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    const id = crypto.randomUUID();
    expect(await alice.message(b, "once", { messageId: id.toUpperCase() })).toMatchObject({ messageId: id });
    expect(await alice.message(b, "once", { messageId: id })).toMatchObject({ messageId: id, duplicate: true });
    await bob.untilDelivered(1);
    expect(await bob.ask({ action: "ack", messageIds: [id.toUpperCase()] })).toMatchObject({ acked: 1 });
    expect(await alice.ask({ action: "status", messageId: id.toUpperCase() })).toMatchObject({ state: "acked" });
    await expect.poll(async () => (await call(`GET /api/messages/${id.toUpperCase()}`)).status).toBe(200);
  });

  it("of version 5 is the hub's to make", async () => {
    const { a, b } = freshIds();
    const [alice] = [await TestClient.connect(a), await TestClient.connect(b)];
    const messageId = fanOutId(crypto.randomUUID(), b);
    const refused = await alice.message(b, "x", { messageId });
    expect(refused).toMatchObject({
      code: "invalid_payload",
      error: expect.stringContaining("another version than 5"),
    });
  });

  it("of a message is not free for a broadcast", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob, mallory] = [
      await TestClient.connect(a),
      await TestClient.connect(b),
      await TestClient.connect(c),
    ];
    const [messageId] = await alice.messages(b, ["hers"]);
    const broadcast = { action: "broadcast", type: "task", content: "mine", messageId: messageId as string } as const;
    expect(await mallory.ask(broadcast)).toMatchObject({ code: "conflict" });
    // Nor for one to herself, whose ack would be told under the other's id.
    expect(await mallory.message(c, "mine", { messageId: messageId as string })).toMatchObject({ code: "conflict" });
    expect(await mallory.ask({ action: "ack", messageIds: [messageId as string], state: "seen" })).toMatchObject({
      acked: 0,
    });
    await bob.sync();
    expect(bob.contents).toEqual(["hers"]);
    expect(await alice.ask({ action: "status", messageId: messageId as string })).toMatchObject({ state: "delivered" });
  });
});

it("[M1] sends half a character on as U+FFFD, whatever it stands in", async () => {
  const { a, b } = freshIds();
  const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
  const metadata = String.raw`{"k\udc00":"\ud83d","whole":"\ud83d\ude00","slash":"\\ud800"}`;
  const content = String.raw`"half \ud83d, whole \ud83d\ude00, \\ud800, \n end \uDE00"`;
  alice.sendText(`{"action":"send_message","to":"${b}","type":"task","content":${content},"metadata":${metadata}}`);
  await bob.untilDelivered(1);
  // As JSON, so that a failure can be printed.
  expect(JSON.stringify([bob.delivered[0]?.content, bob.delivered[0]?.metadata])).toBe(
    JSON.stringify([
      "half \ufffd, whole 😀, \\ud800, \n end \ufffd",
      { "k\ufffd": "\ufffd", whole: "😀", slash: "\\ud800" },
    ]),
  );
  // Made at run time: such a text cannot stand in a file.
  const half = String.fromCharCode(0xd83d);
  const body = { type: "task", content: `${half} by REST`, metadata: { k: half } };
  await bob.ask({ action: "subscribe_topic", topic: "well/formed" });
  await call("POST /api/topics/well%2Fformed/publish", { body });
  await bob.untilDelivered(2);
  expect(JSON.stringify([bob.delivered[1]?.content, bob.delivered[1]?.metadata])).toBe(
    JSON.stringify(["\ufffd by REST", { k: "\ufffd" }]),
  );
});

describe("A3 partial addresses", () => {
  it("reach the one that is online", async () => {
    const { a, b, partial } = freshIds();
    const sender = await TestClient.connect(freshIds().a);
    await connectAndLeave(a);
    const receiver = await TestClient.connect(b);
    expect(await sender.message(partial, "x")).toMatchObject({ to: b, queued: false });
    await receiver.untilDelivered(1);
    expect(receiver.delivered[0]?.to).toBe(b);
    expect(await sender.ask({ action: "ping", to: partial })).toMatchObject({ online: true, instanceId: b });
  });

  it("are ambiguous when several are online, and name them", async () => {
    const { a, b, partial } = freshIds();
    const sender = await TestClient.connect(freshIds().a);
    const clients = [await TestClient.connect(b), await TestClient.connect(a)];
    expect(await sender.message(partial, "x")).toMatchObject({
      code: "ambiguous_address",
      details: { matches: [a, b] },
    });
    expect(await sender.ask({ action: "ping", to: partial })).toMatchObject({ online: true, matches: [a, b] });
    for (const client of clients) {
      await client.sync();
      expect(client.contents).toEqual([]);
    }
  });

  it("reach the one that connected last when none is online, with a warning", async () => {
    const { a, b, partial } = freshIds();
    const sender = await TestClient.connect(freshIds().a);
    await connectAndLeave(b);
    await connectAndLeave(a);
    await expect
      .poll(async () => (await sender.ask({ action: "ping", to: partial })).online, { interval: 5 })
      .toBe(false);
    const reply = await sender.message(partial, "x");
    expect(reply).toMatchObject({ to: a, queued: true });
    expect(reply.warning).toContain(a);
  });

  it("that match nobody are unknown", async () => {
    const { partial } = freshIds();
    const sender = await TestClient.connect(freshIds().a);
    expect(await sender.message(partial, "x")).toMatchObject({ code: "unknown_instance" });
    expect(await sender.ask({ action: "ping", to: partial })).toMatchObject({ online: false, instanceId: partial });
  });
});

describe("A4 unknown ids", () => {
  it("are refused, store nothing, and do not spoil what is sent along with them", async () => {
    const { a, b, c } = freshIds();
    const [sender, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    const replies = await sender.askAll(
      { ...MESSAGE, to: c, content: `for ${c}, who is not there` },
      { ...MESSAGE, to: b, content: "somebody" },
      { ...MESSAGE, to: "nonsense", content: "nowhere" },
    );
    expect(replies.map((reply) => reply.code)).toEqual(["unknown_instance", undefined, "invalid_payload"]);
    await receiver.untilDelivered(1);
    expect(receiver.contents).toEqual(["somebody"]);
    expect(await storeRows("SELECT 1 FROM messages WHERE body LIKE ?", `%for ${c}, who%`)).toEqual([]);
  });

  it("the twin: the same id takes mail once it has connected, and keeps what comes while it is away", async () => {
    const { a, b } = freshIds();
    const sender = await TestClient.connect(a);
    expect(await sender.message(b, "early")).toMatchObject({ code: "unknown_instance" });
    await connectAndLeave(b);
    const reply = await sender.message(b, "kept");
    expect(reply).toMatchObject({ messageId: expect.any(String), to: b });
    const receiver = await TestClient.connect(b);
    await receiver.untilDelivered(1);
    expect(receiver.contents).toEqual(["kept"]);
  });
});

describe("E2 queued says whether the recipient is online", () => {
  it("false while it is, true with a warning when it is not", async () => {
    const { a, b } = freshIds();
    const [sender, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    const live = await sender.message(b, "x");
    expect([live.queued, live.warning]).toEqual([false, undefined]);
    await receiver.close();
    const away = await sender.message(b, "y");
    expect(away).toMatchObject({ queued: true, warning: `${b} is offline; the message waits in its queue.` });
  });

  it("a message to oneself comes back", async () => {
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    expect(await client.message(a, "note to self")).toMatchObject({ queued: false, to: a });
    await client.untilDelivered(1);
    expect(client.delivered[0]).toMatchObject({ from: a, to: a });
  });
});

describe("B1 arrays", () => {
  it("each frame is answered as if it came alone, in order, in few texts", async () => {
    const { a, b } = freshIds();
    const sender = await TestClient.connect(a);
    await connectAndLeave(b);
    const texts = sender.texts.length;
    sender.sendText(
      JSON.stringify([
        { ...MESSAGE, requestId: "1", to: b, content: "x" },
        { action: "nope", requestId: "2" },
        { action: "ping", requestId: "3", to: b },
        7,
        { ...MESSAGE, requestId: "4", to: b, content: "" },
        { ...MESSAGE, requestId: "5", to: b, content: "y" },
      ]),
    );
    await sender.reply("5");
    const replies = sender.frames.filter((frame) => "requestId" in frame || "code" in frame);
    expect(new Set(replies.map((frame) => `${frame.requestId}: ${frame.code ?? "ok"}`))).toEqual(
      new Set(["1: ok", "2: unknown_action", "3: ok", "undefined: invalid_payload", "4: invalid_payload", "5: ok"]),
    );
    expect(sender.texts.length - texts).toBeLessThan(6);
    const sends = replies.filter((frame) => ["1", "3", "5"].includes(frame.requestId as string));
    expect(sends.map((frame) => frame.requestId)).toEqual(["1", "3", "5"]);
  });

  it("of 201 frames, of none, or nested does nothing at all", async () => {
    const { a, b } = freshIds();
    const [sender, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    const frame = { ...MESSAGE, to: b, content: "x" };
    for (const bad of [new Array(201).fill(frame), [], [frame, [frame]]]) sender.sendText(JSON.stringify(bad));
    await sender.until(() => sender.errors.length === 3, "three errors");
    expect(sender.errors.map((error) => error.code)).toEqual(new Array(3).fill("invalid_payload"));
    sender.sendText(JSON.stringify(new Array(200).fill(frame)));
    await receiver.untilDelivered(100);
    await receiver.ackAll();
    await receiver.untilDelivered(200);
    await receiver.sync();
    expect(receiver.contents).toHaveLength(200);
  });
});

describe("E1 replies", () => {
  it("without a request id only an error is answered", async () => {
    const { a, b } = freshIds();
    const [sender, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    sender.send({ ...MESSAGE, to: b, content: "x" });
    await receiver.untilDelivered(1);
    sender.send({ ...MESSAGE, to: "nonsense", content: "x" });
    await sender.until(() => sender.errors.length > 0, "an error");
    expect(sender.frames.filter((frame) => frame.action !== "receipt" && frame.action !== "welcome")).toEqual([
      expect.objectContaining({ code: "invalid_payload" }),
    ]);
  });
});

describe("list_instances and ping", () => {
  it("show who is there, since when, and how much waits for them", async () => {
    const { a, b, c } = freshIds();
    const [asker, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    await connectAndLeave(c);
    await asker.messages(b, ["1", "2", "3"]);
    await asker.messages(c, ["1", "2"]);
    await receiver.untilDelivered(3);
    await receiver.ask({ action: "ack", upTo: 1 });
    const look = async () => {
      const { instances = [] } = await asker.ask({ action: "list_instances" });
      const own = instances.filter((instance) => [a, b, c].includes(instance.instanceId));
      return own.map(({ instanceId, status, queueDepth }) => [instanceId, status, queueDepth]);
    };
    await expect.poll(look, { interval: 10, timeout: 3_000 }).toEqual([
      [a, "online", 0],
      [b, "online", 2],
      [c, "offline", 2],
    ]);
  });

  it("ping says of a full id whether it is online, and false for one that does not exist", async () => {
    const { a, b, c } = freshIds();
    const asker = await TestClient.connect(a);
    await connectAndLeave(b);
    expect(await asker.ask({ action: "ping", to: a })).toMatchObject({ online: true, instanceId: a });
    await expect.poll(async () => (await asker.ask({ action: "ping", to: b })).online, { interval: 5 }).toBe(false);
    expect(await asker.ask({ action: "ping", to: c })).toMatchObject({ online: false, instanceId: c });
    expect(await asker.ask({ action: "ping", to: "nonsense" })).toMatchObject({ code: "invalid_payload" });
    expect(await asker.ask({ action: "ping", to: "broadcast" })).toMatchObject({ code: "invalid_payload" });
  });
});

describe("v1 beside v2", () => {
  it("section 5: a v1 client gets subscriptions:sync, then bare envelopes, and answers to its requests", async () => {
    const { a, b } = freshIds();
    const old = await TestClient.connect(a, { version: 1 });
    const sender = await TestClient.connect(b);
    expect(Object.keys(old.frames[0] ?? {})).toEqual(["action", "topics"]);
    const [messageId] = await sender.messages(a, ["x"]);
    await old.untilDelivered(1);
    const envelope = JSON.parse(old.texts.at(-1) as string);
    expect(envelope).toMatchObject({ messageId, from: b, to: a, content: "x" });
    expect(["seq", "attempt", "action"].filter((key) => key in envelope)).toEqual([]);
    await old.message(b, "back");
    await sender.untilDelivered(1);
    expect(sender.delivered[0]).toMatchObject({ from: a, content: "back" });
  });

  it("section 5: for it a message leaves the queue once written, and stays delivered", async () => {
    const { a, b } = freshIds();
    await (await TestClient.connect(a, { version: 1 })).close();
    const sender = await TestClient.connect(b);
    const ids = await sender.messages(
      a,
      Array.from({ length: 150 }, (_, i) => String(i)),
    );
    const old = await TestClient.connect(a, { version: 1 });
    await old.untilDelivered(150);
    expect(old.delivered.map((message) => message.messageId)).toEqual(ids);
    expect(await sender.ask({ action: "status", messageId: ids[0] as string })).toMatchObject({ state: "delivered" });
    await sender.untilReceipt(ids[149], "delivered");
    await crash();
    const back = await TestClient.connect(a, { version: 1 });
    const other = await TestClient.connect(b);
    await other.messages(a, ["last"]);
    await back.untilDelivered(1);
    expect(back.contents).toEqual(["last"]);
    expect(other.receipts.filter((receipt) => receipt.state === "acked")).toEqual([]);
  });

  it("B1: its texts hold one frame, and so do those it gets", async () => {
    const { a, b } = freshIds();
    const old = await TestClient.connect(a, { version: 1 });
    const sender = await TestClient.connect(b);
    old.sendText(JSON.stringify([{ action: "list_instances" }]));
    await old.until(() => old.errors.length > 0, "an error");
    expect(old.errors[0]).toMatchObject({ code: "invalid_payload" });
    await sender.messages(a, ["1", "2", "3"]);
    await old.untilDelivered(3);
    expect(old.texts.every((text) => text.startsWith("{"))).toBe(true);
  });
});

describe("[M3] the same again to a role", () => {
  async function sent(type: "task" | "question" = "task") {
    const { a, b, c, partial } = freshIds();
    const [ada, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    const role = `role-${crypto.randomUUID().slice(0, 8)}`;
    await bob.ask({ action: "set_role", role });
    const messageId = crypto.randomUUID();
    const send = (content = "do it once") =>
      ada.ask({ action: "send_message", to: `role:${role}`, type, content, messageId });
    const first = await send();
    return { ada, bob, b, c, partial, role, send, first };
  }
  const openTasks = async (client: TestClient) =>
    (await client.ask({ action: "list_tasks", of: "mine", state: "open" })).tasks?.length;

  it("is the same message for who has changed its session since, and the same task", async () => {
    const { bob, c, partial, send, first } = await sent();
    await bob.untilDelivered(1);
    await bob.ask({ action: "session_update", newInstanceId: c });
    const again = await send();
    expect(again).toMatchObject({ duplicate: true, recipients: [c], messages: [{ messageId: messageIdIn(first) }] });
    await bob.ask({ action: "session_update", newInstanceId: `${partial}/later` });
    expect(await send()).toMatchObject({ duplicate: true, recipients: [`${partial}/later`] });
    await bob.sync();
    expect(new Set(bob.delivered.map(({ messageId }) => messageId)).size).toBe(1);
    expect(await openTasks(bob)).toBe(1);
  });

  it("goes to who has the role since, besides", async () => {
    const { b, c, role, send } = await sent("question");
    const carol = await TestClient.connect(c);
    await carol.ask({ action: "set_role", role });
    const again = await send();
    expect(again).toMatchObject({ recipients: [b, c] });
    expect(again).not.toHaveProperty("duplicate");
    await carol.untilDelivered(1);
    expect(await send()).toMatchObject({ recipients: [b, c], duplicate: true });
  });

  it("is answered when nobody has the role any more; anything else is not", async () => {
    const { bob, b, c, send, first } = await sent("question");
    await bob.ask({ action: "session_update", newInstanceId: c });
    await bob.ask({ action: "set_role", role: "" });
    expect(await send()).toMatchObject({
      duplicate: true,
      recipients: [c],
      messages: [{ messageId: messageIdIn(first) }],
    });
    expect(await send("something else")).toMatchObject({ code: "not_found" });
    expect(b).not.toBe(c);
  });
});

function messageIdIn(reply: Reply): string | undefined {
  return (reply as { messages?: { messageId: string }[] }).messages?.[0]?.messageId;
}
