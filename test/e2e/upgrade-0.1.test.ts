/**
 * A data folder that cc2cc 0.1 wrote is opened, whatever this code makes of it, and clients and REST see in it, message by
 * message, what they saw before. `test/fixtures/data-0.1/make.ts` says how it was made.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readJson, shiftFolder, shiftTo, unpackFolder } from "../fixtures/data-0.1/folder.ts";
import { look, type Seen } from "../fixtures/data-0.1/look.ts";
import { FIXTURE_KEY, FOLDER_FILE, type Made, ROLE, SEEN_FILE, SETTINGS } from "../fixtures/data-0.1/made.ts";
import { type RunningHub, startHub } from "../helpers/hub.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { secretOf, TestSocket } from "../helpers/test-socket.ts";

const dataDir = mkdtempSync(join(tmpdir(), "cc2cc-upgrade-"));
let hub: RunningHub;
let made: Made;
/** Taken before any client connects, and again after the hub was killed. */
let seen: Seen;
let seenAfterCrash: Seen;

beforeAll(async () => {
  const { at } = readJson<Made>(SEEN_FILE, 0);
  const shiftMs = shiftTo(Date.now(), at);
  made = readJson<Made>(SEEN_FILE, shiftMs);
  unpackFolder(FOLDER_FILE, dataDir);
  shiftFolder(dataDir, shiftMs);
  hub = await startHub({ dataDir, env: { ...SETTINGS, CC2CC_HUB_API_KEY: FIXTURE_KEY } });
  const lookAgain = () => look(hub, Object.keys(made.seen.successors), Object.keys(made.seen.threads));
  seen = await lookAgain();
  await hub.crash();
  seenAfterCrash = await lookAgain();
}, 180_000);

afterAll(async () => {
  await hub?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Compares lists item by item, so that a difference names the message. */
function expectSame<T>(found: readonly T[], expected: readonly T[], idOf: (item: T) => string): void {
  expect(found.map(idOf)).toEqual(expected.map(idOf));
  for (const [index, item] of expected.entries()) expect(found[index], idOf(item)).toEqual(item);
}

it("keeps every message of the history, with its states and their times, in its order", () => {
  expect(made.seen.history.length).toBeGreaterThan(10_000);
  expectSame(seen.history, made.seen.history, (record) => record.messageId);
});

it("keeps every queue: what waits, in its order, with its state and attempts (Q2)", () => {
  expect(Object.keys(seen.queues)).toEqual(Object.keys(made.seen.queues));
  for (const [id, queue] of Object.entries(made.seen.queues)) {
    expect(seen.queues[id]?.depth, id).toBe(queue.depth);
    expectSame(seen.queues[id]?.items ?? [], queue.items, ({ message }) => message.messageId);
  }
  const depths = Object.values(made.seen.queues).map(({ depth }) => depth);
  expect(depths.filter((depth) => depth > 100).length).toBeGreaterThanOrEqual(3);
});

it("keeps instances with their roles, topics and depths, and whom retired ids forward to (A4)", () => {
  // 0.1 told depths after the fact, and forgot some in a crash: the queue itself is what counts.
  const depthOf = (id: string, told: number) => made.seen.queues[id]?.depth ?? told;
  expect(seen.instances).toEqual(
    made.seen.instances.map((one) => ({ ...one, queueDepth: depthOf(one.instanceId, one.queueDepth) })),
  );
  expect(seen.successors).toEqual(made.seen.successors);
});

it("keeps topics with their subscribers and publications", () => {
  expect(seen.topics.map(({ messages: _, ...topic }) => topic)).toEqual(
    made.seen.topics.map(({ messages: _, ...topic }) => topic),
  );
  for (const [index, { name, messages }] of made.seen.topics.entries()) {
    expectSame(seen.topics[index]?.messages ?? [], messages, (message) => `${name} ${message.messageId}`);
  }
});

it("keeps dead letters, keys and conversations", () => {
  expect(made.seen.deadLetters.length).toBeGreaterThan(100);
  expectSame(seen.deadLetters, made.seen.deadLetters, (letter) => letter.messageId);
  expect(seen.keys).toEqual(made.seen.keys);
  expect(seen.threads).toEqual(made.seen.threads);
});

it("shows the same after it was killed", () => {
  expect(seenAfterCrash).toEqual(seen);
});

it("lets minted keys in, and the revoked one not", async () => {
  const statusWith = async (key: string) =>
    (await fetch(`${hub.url}/api/instances`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect(await Promise.all([made.keys.observer, made.keys.member, made.keys.revoked].map(statusWith))).toEqual([
    200, 200, 401,
  ]);
});

it("knows who holds an id (C8)", async () => {
  await expect(TestSocket.openV2(hub, "ada@mac:web/1", "another-secret-of-another-one")).rejects.toThrow("409");
});

it("answers senders for what they sent: the status of each, and a repeat as a duplicate (M3)", async () => {
  const ada = await HubClient.connect(hub, { instanceId: "ada@mac:web/1" });
  const own = made.seen.history.filter(
    (record) => record.from === ada.instanceId && !record.topicName && record.to !== "broadcast" && !record.role,
  );
  expect(own.length).toBeGreaterThan(2_000);
  for (let from = 0; from < own.length; from += 100) {
    const asked = own.slice(from, from + 100);
    const answers = await Promise.all(asked.map(({ messageId }) => ada.ask({ action: "status", messageId })));
    expect(answers.map(({ messageId, state }) => [messageId, state])).toEqual(
      asked.map(({ messageId, state }) => [messageId, state]),
    );
  }
  for (const { messageId, to, type, content, replyToMessageId, metadata } of [
    own[0],
    own[700],
    own.at(-1),
  ] as typeof own) {
    const frame = { action: "send_message", messageId, to, type, content, replyToMessageId, metadata } as const;
    expect(await ada.ask(frame)).toMatchObject({ messageId, duplicate: true });
    expect(await ada.ask({ ...frame, content: "another" })).toMatchObject({ code: "conflict" });
  }
  await ada.goOffline();
});

it("delivers what waits, once and in its order, under the ids of today (Q2, Q8), and empties the queues", async () => {
  for (const [id, { items }] of Object.entries(made.seen.queues)) {
    if (items.length === 0 || made.seen.successors[id] !== undefined) continue;
    // C8: the secret of the first id went along with each change.
    const { successors } = made.seen;
    const ids = [id, ...Object.keys(successors).filter((retired) => successors[retired] === id)];
    const first = ids.sort()[0] as string;
    const identity = secretOf(first);
    const client = await HubClient.connect(hub, { instanceId: id, identity, acks: "answered" });
    expect(client.welcome?.pending).toBe(items.length);
    await client.untilReceived(items.length);
    expect(client.received.map(({ seq: _, attempt: __, ...message }) => message)).toEqual(
      items.map(({ message }) => message),
    );
    await client.ask({ action: "ack" });
    await client.goOffline();
    const again = await HubClient.connect(hub, { instanceId: id, identity });
    expect(again.welcome?.pending).toBe(0);
    await again.goOffline();
  }
});

it("reaches roles, topics and retired ids as before (E3, Q9, A4)", async () => {
  const eve = await HubClient.connect(hub, { instanceId: "cyd@mac:web/2" });
  const holders = made.seen.instances.filter(({ role }) => role === ROLE).map(({ instanceId }) => instanceId);
  expect(
    await eve.ask({ action: "send_message", type: "task", to: `role:${ROLE}`, content: "still there?" }),
  ).toMatchObject({
    recipients: expect.arrayContaining(holders),
  });
  for (const [retired, successor] of Object.entries(made.seen.successors)) {
    expect(await eve.ask({ action: "send_message", type: "task", to: retired, content: "moved?" })).toMatchObject({
      to: successor,
    });
  }
  const topic = made.seen.topics.find(({ name }) => name === "ops/alerts");
  const readers = topic?.subscribers.filter((id) => id !== eve.instanceId).length;
  expect(
    await eve.ask({ action: "publish_topic", topic: "ops/alerts", type: "task", content: "all", persistent: true }),
  ).toMatchObject({ queued: readers });
  await eve.goOffline();
});
