import { describe, expect, it } from "vitest";
import { makeRecord, makeStandInHub, OWN_ID, sent, settle } from "../test-kit/stand-in-hub.ts";
import { MessageStoreModel } from "./message-store.ts";
import { type Draft, OutboxModel } from "./outbox.ts";

const DRAFT: Draft = { to: "bob@desk:api/1", type: "task", content: "do it" };

function makeOutbox() {
  const hub = makeStandInHub();
  const messages = new MessageStoreModel();
  hub.stream.onEvents((events) => messages.apply(events));
  const outbox = new OutboxModel(hub, messages);
  const localOf = (messageId: string) => messages.get(messageId)?.value.local;
  return { hub, messages, outbox, localOf };
}

describe("sending", () => {
  it("shows the message as pending at once, from this tab", () => {
    const { outbox, messages } = makeOutbox();
    const { messageId } = outbox.send(DRAFT);
    expect(messages.get(messageId)?.value).toMatchObject({ ...DRAFT, from: OWN_ID, local: { kind: "pending" } });
    expect(outbox.underWay.value.map((row) => row.value.messageId)).toEqual([messageId]);
  });

  it("is confirmed by the answer, and over when the stream tells of it", async () => {
    const { hub, outbox, localOf } = makeOutbox();
    const { messageId, done } = outbox.send(DRAFT);
    hub.frames[0]?.answer({ ok: true, reply: { messageId, queued: true } });
    expect((await done).ok).toBe(true);
    expect([localOf(messageId), outbox.underWay.value.length]).toEqual([undefined, 1]);
    hub.tell(sent(makeRecord(1, { ...DRAFT, messageId, from: OWN_ID })));
    expect(outbox.underWay.value).toEqual([]);
  });

  it("that fails says why, and is sent again with the same id", async () => {
    const { hub, outbox, localOf } = makeOutbox();
    const { messageId } = outbox.send(DRAFT);
    hub.frames[0]?.answer({ ok: false, code: "queue_full", error: "Its queue is full." });
    await settle();
    expect(localOf(messageId)).toEqual({ kind: "failed", error: "Its queue is full." });
    void outbox.retry(messageId);
    expect(localOf(messageId)).toEqual({ kind: "pending" });
    expect(hub.frames[1]?.frame).toEqual(hub.frames[0]?.frame);
    expect(hub.frames[1]?.frame).toMatchObject({ action: "send_message", messageId, ...DRAFT });
  });

  it("that failed can be given up, and leaves nothing", async () => {
    const { hub, messages, outbox } = makeOutbox();
    const { messageId } = outbox.send(DRAFT);
    hub.frames[0]?.answer({ ok: false, code: "unknown_instance", error: "Nobody." });
    await settle();
    outbox.discard(messageId);
    expect([outbox.underWay.value, messages.get(messageId), outbox.retry(messageId)]).toEqual([
      [],
      undefined,
      undefined,
    ]);
  });

  it("to a role gives way to the copies of those who have it", async () => {
    const { hub, messages, outbox } = makeOutbox();
    const { messageId } = outbox.send({ ...DRAFT, to: "role:reviewer" });
    hub.frames[0]?.answer({ ok: true, reply: { role: "reviewer", recipients: ["a", "b"] } });
    await settle();
    expect([outbox.underWay.value, messages.get(messageId)]).toEqual([[], undefined]);
  });
});

describe("the frame", () => {
  it.each<[string, Partial<Draft>, Record<string, unknown>]>([
    ["a broadcast", { to: "broadcast" }, { action: "broadcast" }],
    ["a topic", { to: "topic:news", persistent: true }, { action: "send_message", to: "topic:news", persistent: true }],
    ["an answer", { replyToMessageId: "m1" }, { action: "send_message", replyToMessageId: "m1" }],
  ])("of %s is the protocol's", (_, changes, expected) => {
    const { hub, outbox } = makeOutbox();
    outbox.send({ ...DRAFT, ...changes });
    expect(hub.frames[0]?.frame).toMatchObject(expected);
  });

  it("says nothing of persistence where it means nothing", () => {
    const { hub, outbox } = makeOutbox();
    outbox.send({ ...DRAFT, persistent: true });
    expect(hub.frames[0]?.frame).not.toHaveProperty("persistent");
  });
});
