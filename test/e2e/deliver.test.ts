import { expect, it } from "vitest";
import { HubClient } from "../helpers/hub-client.ts";
import { shareHub } from "../helpers/test-hub.ts";

const ALICE = "alice@laptop:web/1";
const BOB = "bob@server:api/2";

/** By the command that the README gives, with the limits that it has by default. */
const hub = shareHub({ isThroughNpm: true });

it("carries messages both ways, in order, once, and says how far each got (Q1, Q2, Q4, E2)", async () => {
  const alice = await HubClient.connect(hub(), { instanceId: ALICE });
  const bob = await HubClient.connect(hub(), { instanceId: BOB });
  const sends = alice.sendAll(["one", "two", "three"].map((content) => ({ to: BOB, content })));
  const ids = (await Promise.all(sends)).map((reply) => {
    expect(reply).toMatchObject({ queued: false, to: BOB });
    return (reply as { messageId: string }).messageId;
  });
  await bob.untilReceived(3);
  expect(bob.received).toMatchObject([
    { messageId: ids[0], from: ALICE, to: BOB, type: "task", content: "one", seq: 1, attempt: 1 },
    { messageId: ids[1], content: "two", seq: 2 },
    { messageId: ids[2], content: "three", seq: 3 },
  ]);
  for (const state of ["delivered", "acked"]) {
    const ofState = () => alice.receipts.filter((receipt) => receipt.state === state);
    await alice.until(() => ofState().length === 3, `three receipts "${state}"`);
    expect(ofState()).toMatchObject(ids.map((messageId) => ({ messageId, instanceId: BOB })));
  }
  await bob.send(ALICE, "done");
  await alice.untilReceived(1);
  expect(alice.received).toMatchObject([{ from: BOB, content: "done" }]);

  const status = await alice.ask({ action: "status", messageId: ids[0] as string });
  expect(status).toMatchObject({ state: "acked", attempts: 1 });
  bob.dropLink();
  await bob.until(() => !bob.isOnline, "a torn link");
  await bob.until(() => bob.isOnline, "a new link");
  expect(bob.welcome).toMatchObject({ action: "welcome", protocol: 2, instanceId: BOB, pending: 0 });
  expect(bob.repeated).toEqual([]);
  await Promise.all([alice.goOffline(), bob.goOffline()]);
});

it("answers a send that comes again with the same id, and stores it once (M3)", async () => {
  const alice = await HubClient.connect(hub(), { instanceId: "alice@laptop:web/3" });
  const bob = await HubClient.connect(hub(), { instanceId: "bob@server:api/3" });
  const messageId = "0193d3a0-0000-4000-8000-000000000001";
  const frame = { action: "send_message", type: "task", to: bob.instanceId, content: "once", messageId } as const;
  expect(await alice.ask(frame)).toMatchObject({ messageId, queued: false });
  expect(await alice.ask(frame)).toMatchObject({ messageId, duplicate: true });
  expect(await alice.ask({ ...frame, content: "twice" })).toMatchObject({ code: "conflict" });
  await alice.send(bob.instanceId, "last");
  await bob.untilReceived(2);
  expect(bob.received.map((message) => message.content)).toEqual(["once", "last"]);
  expect(bob.repeated).toEqual([]);
  await Promise.all([alice.goOffline(), bob.goOffline()]);
});

it("offers again on the next link what was not acked on the last, before what is new (Q3, C7)", async () => {
  const alice = await HubClient.connect(hub(), { instanceId: "alice@laptop:web/4" });
  const bob = await HubClient.connect(hub(), { instanceId: "bob@server:api/4", acks: "none" });
  await Promise.all(alice.sendAll(["a", "b"].map((content) => ({ to: bob.instanceId, content }))));
  await bob.untilReceived(2);
  // workerd ends the TCP link of a socket that never said anything only when its object hibernates; then "close" comes late.
  expect(await bob.ask({ action: "get_messages", peek: true })).toMatchObject({ messages: [{}, {}] });
  const successor = await HubClient.connect(hub(), { instanceId: bob.instanceId });
  await bob.until(() => bob.closeCode === 4001, "close code 4001 replaced");
  await alice.send(bob.instanceId, "c");
  await successor.untilReceived(3);
  expect(successor.welcome).toMatchObject({ pending: 2 });
  expect(successor.received).toMatchObject([
    { content: "a", attempt: 2 },
    { content: "b", attempt: 2 },
    { content: "c", attempt: 1 },
  ]);
  await Promise.all([alice.goOffline(), successor.goOffline()]);
});
