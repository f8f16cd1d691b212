import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { PINGS_MAX } from "../../shared/limits.ts";
import { joined, makeFeed, makeJournal, makeMessage, TestConsumer, takeEvents, takeFeed } from "./test-kit.ts";

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const joins = (count: number) => Array.from({ length: count }, (_, i) => JSON.stringify(joined(`a@b:c/${i}`)));

it("section 8: tells a v2 consumer where the stream stands, then what happens, in arrays", async () => {
  const journal = makeJournal("hello");
  await takeEvents(journal, "directory", { seqs: [1, 2], events: joins(2) });
  const consumer = await TestConsumer.open(journal);
  await takeEvents(journal, "directory", { seqs: [3, 4, 5], events: joins(3) });
  const events = await consumer.until(4);
  expect(events[0]).toMatchObject({ event: "hub:hello", cursor: 2, version: "0.0.0-test" });
  expect(consumer.cursors).toEqual([3, 4, 5]);
  expect(consumer.texts).toHaveLength(2);
});

it("section 8: tells a v1 consumer one event a text, and no hello", async () => {
  const journal = makeJournal("v1");
  const consumer = await TestConsumer.open(journal, { version: 1 });
  await takeEvents(journal, "directory", { seqs: [1, 2], events: joins(2) });
  await consumer.until(2);
  expect(consumer.texts.map((text) => JSON.parse(text).event)).toEqual(["instance:joined", "instance:joined"]);
  expect(consumer.events[0]).toMatchObject({ instanceId: "a@b:c/0", cursor: 1 });
});

it("section 8: replays what was missed, in order, and goes live without gap or double", async () => {
  const journal = makeJournal("since");
  await takeEvents(journal, "directory", { seqs: range(1, 5_000), events: joins(5_000) });
  const consumer = await TestConsumer.open(journal, { since: 10 });
  for (let seq = 5_001; seq <= 5_050; seq++) {
    await takeEvents(journal, "directory", { seqs: [seq], events: joins(1) });
  }
  await consumer.until(1 + 5_040);
  expect(consumer.cursors).toEqual(range(11, 5_050));
});

it("section 8: says so when a cursor is older than what is kept, or of another hub", async () => {
  const journal = makeJournal("gap");
  await takeEvents(journal, "directory", { seqs: range(1, 2_000), events: joins(2_000) });
  await runInDurableObject(journal, (_, { storage }) => {
    storage.sql.exec("DELETE FROM stream WHERE first_cursor = 1");
  });
  const late = await TestConsumer.open(journal, { since: 5 });
  const [, gap, first] = await late.until(3);
  expect(gap).toMatchObject({ event: "hub:gap" });
  expect((first as { cursor: number }).cursor).toBe((gap as { cursor: number }).cursor + 1);
  const stranger = await TestConsumer.open(journal, { since: 999_999 });
  expect((await stranger.until(2))[1]).toEqual({ ...gap, timestamp: expect.any(String) });
});

it("takes each event of an outbox once, however often it is sent", async () => {
  const journal = makeJournal("once");
  await takeEvents(journal, "topic:a", { seqs: [1, 2], events: joins(2) });
  await takeEvents(journal, "topic:a", { seqs: [1, 2, 3], events: joins(3) });
  await takeEvents(journal, "topic:b", { seqs: [1], events: joins(1) });
  const consumer = await TestConsumer.open(journal, { since: 0 });
  await consumer.until(5);
  expect(consumer.cursors).toEqual([1, 2, 3, 4]);
});

it("keeps its consumers over hibernation", async () => {
  const journal = makeJournal("hibernate");
  const consumer = await TestConsumer.open(journal);
  await takeEvents(journal, "directory", { seqs: [1], events: joins(1) });
  await consumer.until(2);
  await evictDurableObject(journal);
  await takeEvents(journal, "directory", { seqs: [2], events: joins(1) });
  await consumer.until(3);
  expect(consumer.cursors).toEqual([1, 2]);
});

it("C2, C6: answers pings and hears nothing else", async () => {
  const journal = makeJournal("ping");
  const consumer = await TestConsumer.open(journal);
  consumer.ws.send(JSON.stringify({ action: "send_message" }));
  consumer.ws.send("ping");
  await takeEvents(journal, "directory", { seqs: [1], events: joins(1) });
  await consumer.until(2);
  await expect.poll(() => consumer.texts).toContain("pong");
  expect(consumer.events).toHaveLength(2);
});

it("[S4] closes a consumer that sends without end, and no other", async () => {
  const journal = makeJournal("flooded");
  const [flooder, other] = [await TestConsumer.open(journal), await TestConsumer.open(journal)];
  const closed = new Promise<number>((resolve) => flooder.ws.addEventListener("close", ({ code }) => resolve(code)));
  for (let n = 0; n < PINGS_MAX; n++) flooder.ws.send(n % 2 === 0 ? "ping" : "hello");
  for (let n = 0; n < PINGS_MAX - 1; n++) other.ws.send("ping");
  expect(await closed).toBe(4029);
  await takeEvents(journal, "directory", { seqs: [1], events: joins(1) });
  await other.until(2);
  expect(other.ws.readyState).toBe(WebSocket.READY_STATE_OPEN);
});

it("goes on behind an event that cannot be read", async () => {
  const journal = makeJournal("broken");
  const message = makeMessage();
  await takeEvents(journal, "directory", { seqs: [1], events: ["{broken}"] });
  await takeFeed(journal, makeFeed([message]));
  expect(await journal.message(message.messageId)).toMatchObject({ state: "queued", content: message.content });
});
