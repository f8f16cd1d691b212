import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import type { JournalRpc } from "../rpc.ts";
import { forgetSome } from "./retention.ts";
import { openStores } from "./stores.ts";
import { StreamStore } from "./stream-store.ts";
import { makeFeed, makeJournal, makeMessage, NOON, stateGroup, TestConsumer, takeFeed } from "./test-kit.ts";

const DAY_MS = 86_400_000;

afterEach(() => {
  vi.useRealTimers();
});

function setNow(at: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: at });
}

/** Runs the alarm until it has no more to do at once. */
async function runRetention(journal: DurableObjectStub<JournalRpc>): Promise<void> {
  for (;;) {
    await runDurableObjectAlarm(journal);
    const nextAt = await runInDurableObject(journal, (_, { storage }) => storage.getAlarm());
    if ((nextAt ?? 0) - Date.now() > 1_000) return;
  }
}

function countRows(journal: DurableObjectStub<JournalRpc>): Promise<Record<string, number>> {
  return runInDurableObject(journal, (_, { storage }) => {
    const count = (table: string) => storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n;
    return Object.fromEntries(["messages", "bodies", "deliveries", "stream"].map((table) => [table, count(table)]));
  });
}

it("forgets messages, their states and their texts after CC2CC_HISTORY_DAYS, and events after a week", async () => {
  const journal = makeJournal("age");
  const start = Date.parse("2030-01-01T00:00:00Z");
  setNow(start);
  const timestamp = new Date(start).toISOString();
  const old = Array.from({ length: 700 }, () => makeMessage({ content: "old", timestamp }));
  await takeFeed(
    journal,
    makeFeed(
      old,
      old.map((message) => stateGroup(message.messageId, "acked", start)),
    ),
  );
  setNow(start + 20 * DAY_MS);
  const young = makeMessage({ content: "old but young", timestamp: new Date(start + 20 * DAY_MS).toISOString() });
  await takeFeed(journal, makeFeed([young], [stateGroup(young.messageId, "acked", start + 20 * DAY_MS)]));
  await journal.search("", 1, null);
  await runRetention(journal);
  expect(await countRows(journal)).toEqual({ messages: 701, bodies: 701, deliveries: 701, stream: 1 });
  setNow(start + 31 * DAY_MS);
  await runRetention(journal);
  expect(await countRows(journal)).toEqual({ messages: 1, bodies: 1, deliveries: 1, stream: 1 });
  const found = await journal.search("old", 10, null);
  expect(found.ok && found.value.items.map((item) => item.messageId)).toEqual([young.messageId]);
  const consumer = await TestConsumer.open(journal, { since: 3 });
  const [hello, gap, first] = await consumer.until(3);
  expect([hello?.event, gap?.event, first?.event]).toEqual(["hub:hello", "hub:gap", "message:sent"]);
});

it("forgets the oldest while all of it is larger than CC2CC_HISTORY_MAX_MB, events before messages", async () => {
  const journal = makeJournal("size");
  for (let i = 0; i < 6; i++) {
    const messages = Array.from({ length: 500 }, () => makeMessage({ content: "x".repeat(1_000) }));
    await takeFeed(journal, makeFeed(messages));
  }
  await expect.poll(async () => (await countRows(journal)).messages, { timeout: 10_000 }).toBe(3_000);
  const forgetAll = (historyMaxBytes: number) =>
    runInDurableObject(journal, (_, { storage }) => {
      const stores = openStores(storage);
      const kept = { ...stores, stream: new StreamStore(storage), isBackfilling: false, indexedUpTo: 3_000 };
      const bytes = () => storage.sql.databaseSize;
      const settings = { historyMs: 365 * DAY_MS, historyMaxBytes };
      while (forgetSome({ ...kept, bytes: bytes() }, settings, NOON)) expect(bytes()).toBeGreaterThan(0);
      return bytes();
    });
  const all = await forgetAll(1_000 * 1_048_576);
  expect(await forgetAll(all * 0.75)).toBeLessThanOrEqual(all * 0.75);
  expect((await countRows(journal)).messages).toBe(3_000);
  expect(await forgetAll(all * 0.3)).toBeLessThanOrEqual(all * 0.3);
  const { messages = 0, bodies } = await countRows(journal);
  expect([messages % 500, bodies, messages > 0]).toEqual([0, messages, true]);
});
