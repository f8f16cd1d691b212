/** What becomes of messages between a mailbox and the results of calls (W5 to W7), and how long a call waits for one. */
import { expect, it } from "vitest";
import type { DeliveredMessage } from "../../shared/protocol.ts";
import { ReplyWaiters } from "../../shared/replies/reply-waiters.ts";
import { SentMessages } from "../../shared/replies/sent-messages.ts";
import { waitForMessage } from "../../shared/tools/receive.ts";
import type { PullSession } from "../../shared/tools/tool-session.ts";
import { fanOutId } from "../fan-out-id.ts";
import { Call } from "./call.ts";
import { Mail } from "./mail.ts";

const idOf = (n: number) => `01a204f0-d0c6-7e9d-b4f0-${String(n).padStart(12, "0")}`;
const FACTS = { from: "b@h:p/s", to: "a@h:p/s", type: "task" as const, timestamp: "2026-01-01T00:00:00.000Z" };
const message = (n: number, more: Partial<DeliveredMessage> = {}): DeliveredMessage => {
  return { messageId: idOf(n), content: `text ${n}`, seq: n, ...FACTS, ...more };
};

function setup() {
  const acked: string[] = [];
  const sent = new SentMessages({
    copyIdOf: fanOutId,
    find: async () => undefined,
    currentId: async () => undefined,
    isKnown: async () => false,
    subscribersOf: async () => [],
    ownerOf: async () => undefined,
  });
  const waiters = new ReplyWaiters(sent);
  const mail = new Mail({ waiters, ack: (ids) => acked.push(...ids), behindCount: () => 0 });
  let lastId = 0;
  /** Begins a call; `hand` is all it has taken and returned. */
  const begin = (connection = "one") => {
    const call = new Call(connection, ++lastId, () => undefined);
    mail.begin(call);
    const inbox = mail.inboxOf(call);
    const hand = () => {
      const shown = inbox.free();
      inbox.take(shown);
      inbox.finish({ shown, listed: [] });
      return shown.map(({ messageId }) => messageId);
    };
    return { call, inbox, hand };
  };
  return { mail, acked, begin, sent, waiters };
}

it("acks what a call was handed with the next call of its connection, and what came meanwhile not", () => {
  const { mail, acked, begin } = setup();
  mail.receive([message(1), message(2)]);
  const first = begin();
  expect(first.hand()).toEqual([idOf(1), idOf(2)]);
  // One that runs beside it proves nothing: the result is not written yet.
  expect(begin().hand()).toEqual([]);
  first.call.noteWritten(0);
  mail.receive([message(3)]);
  expect(acked).toEqual([]);
  const next = begin();
  expect(acked).toEqual([idOf(1), idOf(2)]);
  expect(next.hand()).toEqual([idOf(3)]);
  // They crossed the ack: it is said again, and they are not given again.
  mail.receive([message(1)]);
  expect(acked).toEqual([idOf(1), idOf(2), idOf(1)]);
  expect(begin().hand()).toEqual([]);
});

it("gives again what another connection was handed, what was broken, and what was cancelled after it was written", () => {
  const { mail, acked, begin } = setup();
  mail.receive([message(1)]);
  const lost = (connection: string) => {
    const { call, hand } = begin(connection);
    expect(hand()).toEqual([idOf(1)]);
    return call;
  };
  lost("one").noteWritten(0);
  const broken = lost("two");
  broken.break();
  mail.noteBroken(broken);
  const cancelled = lost("two");
  cancelled.noteWritten(0);
  cancelled.break();
  mail.noteBroken(cancelled);
  lost("two").noteWritten(0);
  expect(acked).toEqual([]);
  begin("two");
  expect(acked).toEqual([idOf(1)]);
});

it("gives what a call had taken as it broke, and what it returns after that", () => {
  const { mail, begin } = setup();
  mail.receive([message(1)]);
  const { call, hand } = begin();
  call.break();
  expect(hand()).toEqual([idOf(1)]);
  expect(begin().inbox.free()).toHaveLength(1);
});

it("acks what the model answers, whatever became of the call that brought it", () => {
  const { mail, acked, begin } = setup();
  mail.receive([message(1), message(2)]);
  const { inbox } = begin();
  inbox.noteNamed(idOf(1));
  expect(acked).toEqual([]);
  const [one] = inbox.free();
  inbox.take([one as DeliveredMessage]);
  inbox.finish({ shown: [one as DeliveredMessage], listed: [] });
  inbox.noteNamed(idOf(1));
  expect(acked).toEqual([idOf(1)]);
  expect(inbox.senderOf(idOf(1))).toBe(FACTS.from);
});

it("keeps the newest of live publications, and everything that is owed", () => {
  const { mail, begin } = setup();
  const content = "x".repeat(65_536);
  mail.receive([message(1, { content })]);
  for (let n = 2; n <= 40; n++) mail.receive([{ ...message(n, { content }), seq: undefined } as never]);
  const free = begin().inbox.free();
  expect(free[0]?.messageId).toBe(idOf(1));
  expect(free.length).toBeLessThan(20);
  expect(free.at(-1)?.messageId).toBe(idOf(40));
});

it("ends a wait with its message, with its time, and with its call; never later than its client waits", async () => {
  const { mail, begin, sent, waiters } = setup();
  const wait = (seconds: number, signal = new AbortController().signal) => {
    const { call, inbox } = begin();
    const session: PullSession = {
      instanceId: "a@h:p/s",
      inbox,
      history: { searchMessages: never, topicMessages: never, copiesOf: never },
      sent,
      waiters,
      parts: mail.partsOf(call),
      noReplyNote: "",
      ask: async () => ({ ok: true, reply: { messages: [] } }),
      newMessageId: () => idOf(99),
      receiptOf: () => undefined,
      markOf: () => undefined,
      fileName: async () => undefined,
      describe: () => ({}),
      paused: () => undefined,
    };
    return waitForMessage.run({}, { session, signal, maxWaitSeconds: seconds, progress: () => undefined });
  };
  expect(await wait(0.01)).toMatchObject({ value: { messages: [] }, note: expect.stringContaining("0.01 s") });
  const [first, second] = [wait(60), wait(60)];
  mail.receive([message(1)]);
  expect(await first).toMatchObject({ value: { messages: [{ messageId: idOf(1), content: "text 1" }] } });
  // The other one goes on waiting: what woke it was taken.
  mail.receive([message(2)]);
  expect(await second).toMatchObject({ value: { messages: [{ messageId: idOf(2) }] } });
  const giveUp = new AbortController();
  const third = wait(60, giveUp.signal);
  giveUp.abort();
  expect(await third).toMatchObject({ ok: false });
});

const never = () => Promise.reject(new Error("not asked"));
