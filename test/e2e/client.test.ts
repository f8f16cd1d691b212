/** The client that programs in Node share, on a real hub. */
import { expect, it, onTestFinished } from "vitest";
import { HubClient } from "../../client/hub-client.ts";
import type { DeliveredMessage, ReceiptFrame } from "../../shared/protocol.ts";
import { shareQuickHub } from "../helpers/quick-hub.ts";

const hub = shareQuickHub();

function makeClient(instanceId: string) {
  const received: DeliveredMessage[] = [];
  const receipts: ReceiptFrame[] = [];
  const refusals: string[] = [];
  const client = new HubClient({
    hubUrl: new URL(hub().url),
    apiKey: hub().key,
    identity: "the-secret-of-every-client-here",
    instanceId,
    problems: [],
    words: { newKey: "Take another key", left: "Left.", checkMessage: (id) => `ask for ${id}`, startedWhere: "here" },
    onDeliver: (messages) => void received.push(...messages),
    onReceipt: (receipt) => void receipts.push(receipt),
    nextInstanceId: () => undefined,
    onRefused: (reason) => void refusals.push(reason),
    log: () => undefined,
  });
  onTestFinished(() => client.leave());
  return { client, received, receipts, refusals };
}

it("asks before it is connected, and hears how far its message got [Q1, Q4]", async () => {
  const ada = makeClient("ada@desk:shop/1");
  const bob = makeClient("bob@desk:shop/1");
  ada.client.connect();
  bob.client.connect();
  expect((await bob.client.ask({ action: "ping", to: "bob@desk:shop/1" })).ok).toBe(true);
  const answer = await ada.client.ask({ action: "send_message", to: "bob@desk:shop/1", type: "task", content: "x" });
  expect(answer).toMatchObject({ ok: true, reply: { queued: false } });
  await expect.poll(() => bob.received.map(({ content }) => content)).toEqual(["x"]);
  bob.client.tell({ action: "ack", messageIds: bob.received.map(({ messageId }) => messageId) });
  await expect.poll(() => ada.receipts.map(({ state }) => state)).toEqual(["delivered", "acked"]);
});

it("is told what is wrong as an answer, and goes on", async () => {
  const { client } = makeClient("eve@desk:shop/1");
  client.connect();
  const answer = await client.ask({ action: "send_message", to: "nobody@desk:shop/9", type: "task", content: "x" });
  expect(answer).toMatchObject({ ok: false, code: "unknown_instance" });
  expect((await client.ask({ action: "list_topics" })).ok).toBe(true);
});

it("gives way to who takes its id over, and does not take it back [C7]", async () => {
  const first = makeClient("zoe@desk:shop/1");
  first.client.connect();
  await first.client.ask({ action: "list_topics" });
  const second = makeClient("zoe@desk:shop/1");
  second.client.connect();
  await second.client.ask({ action: "list_topics" });
  await expect.poll(() => first.refusals).toHaveLength(1);
  expect([first.client.standing, second.client.standing]).toEqual([{ is: "refused", over: "id" }, { is: "ready" }]);
});
