import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { HubEvent } from "../../shared/events.ts";
import type { Message } from "../../shared/message.ts";
import type { JournalRpc } from "../rpc.ts";
import type { SeriesQuery } from "../rpc-types.ts";
import { openStores } from "./stores.ts";
import { ALICE, BOB, makeFeed, makeJournal, makeMessage, NOON, stateGroup, takeEvents, takeFeed } from "./test-kit.ts";

type Journal = DurableObjectStub<JournalRpc>;

const MINUTE = 60_000;
const HOUR = 3_600_000;
const iso = (at: number) => new Date(at).toISOString();
const NOW = NOON + HOUR;

function at(time: number, fields: Partial<Message> = {}): Message {
  return makeMessage({ timestamp: iso(time), ...fields });
}

function series(journal: Journal, query: Partial<SeriesQuery> = {}, now = NOW) {
  const all = { from: NOON, to: NOON + 10 * MINUTE, buckets: 10, type: null, topic: null, instance: null };
  return journal.series({ ...all, ...query }, now);
}

async function tell(journal: Journal, ...events: HubEvent[]): Promise<void> {
  await takeEvents(journal, `directory-${crypto.randomUUID()}`, {
    seqs: events.map((_, index) => index + 1),
    events: events.map((event) => JSON.stringify(event)),
  });
}

function depth(time: number, instanceId: string, value: number): HubEvent {
  return { event: "queue:stats", timestamp: iso(time), instanceId, depth: value };
}

describe("series", () => {
  it("counts by step and type, without gaps, what lies in the span and nothing else", async () => {
    const journal = makeJournal("series counts");
    const outside = [at(NOON - 1), at(NOON + 10 * MINUTE)];
    const inside = [at(NOON), at(NOON + 59_999), at(NOON + 3 * MINUTE, { type: "question" })];
    await takeFeed(journal, makeFeed([...outside, ...inside]));
    const { points, stepMs, from, to, instances } = await series(journal);
    expect({ stepMs, from, to }).toEqual({ stepMs: MINUTE, from: iso(NOON), to: iso(NOON + 10 * MINUTE) });
    expect(points.map((point) => point.messages)).toEqual([2, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(points[0]).toMatchObject({ at: iso(NOON), types: { task: 2, question: 0, result: 0, ack: 0, ping: 0 } });
    expect(points[3]?.types.question).toBe(1);
    expect(instances).toEqual([
      { instanceId: ALICE, sent: 3, received: 0 },
      { instanceId: BOB, sent: 0, received: 3 },
    ]);
    const wide = await series(journal, { buckets: 3 });
    expect([wide.stepMs, wide.points.map((point) => point.messages)]).toEqual([4 * MINUTE, [3, 0, 1]]);
  });

  it("can be narrowed by type, topic and instance", async () => {
    const journal = makeJournal("series narrow");
    const publication = at(NOON, { from: BOB, to: "topic:api", topicName: "api", type: "result" });
    const event = { event: "topic:message", timestamp: iso(NOON), name: "api", message: publication };
    await takeEvents(journal, "topic:api", {
      seqs: [1],
      events: [JSON.stringify({ ...event, persistent: false, delivered: 3, queued: 0 })],
    });
    const toCarol = at(NOON, { to: "carol@laptop:web/s3", type: "question" });
    await takeFeed(journal, makeFeed([at(NOON), toCarol], [stateGroup(toCarol.messageId, "delivered", NOON + 100)]));
    const total = async (query: Partial<SeriesQuery>) =>
      (await series(journal, query)).points.reduce((sum, point) => sum + point.messages, 0);
    expect(await total({})).toBe(3);
    expect(await total({ type: "question" })).toBe(1);
    expect(await total({ topic: "api" })).toBe(1);
    expect(await total({ topic: "unheard" })).toBe(0);
    expect(await total({ instance: BOB })).toBe(2);
    expect(await total({ instance: BOB, type: "question" })).toBe(0);
    expect((await series(journal, {})).topics).toEqual([{ name: "api", count: 1 }]);
    // States name BOB as the recipient (test-kit.ts).
    expect((await series(journal, { instance: BOB })).points[0]?.delivery.count).toBe(1);
    expect((await series(journal, { instance: ALICE })).points[0]?.delivery.count).toBe(0);
    expect((await series(journal, { topic: "api" })).points[0]).toMatchObject({
      queueDepth: null,
      delivery: { count: 0 },
    });
  });

  it("tells how long deliveries and answers took, each once, when they happened", async () => {
    const journal = makeJournal("series latency");
    const fast = Array.from({ length: 98 }, () => at(NOON));
    const slow = [at(NOON), at(NOON)];
    await takeFeed(
      journal,
      makeFeed(
        [...fast, ...slow],
        fast.map((m) => stateGroup(m.messageId, "delivered", NOON + 20)),
      ),
    );
    await series(journal);
    // In a later piece of the stream than the messages.
    const late = slow.map((m) => stateGroup(m.messageId, "delivered", NOON + 2 * MINUTE));
    await takeFeed(journal, makeFeed([], late));
    const question = at(NOON, { type: "question" });
    const reply = { from: BOB, to: ALICE, replyToMessageId: question.messageId };
    const answers = [
      at(NOON + MINUTE, { ...reply, type: "ack" }),
      at(NOON + 3 * MINUTE, { ...reply, type: "result" }),
      at(NOON + 4 * MINUTE, { ...reply, type: "result" }),
    ];
    await takeFeed(journal, makeFeed([question, ...answers]));
    const { points } = await series(journal);
    expect(points[0]?.delivery.count).toBe(98);
    expect(points[0]?.delivery.p95Ms).toBeCloseTo(20, -1);
    expect(points[2]?.delivery.count).toBe(2);
    expect(Math.abs((points[2]?.delivery.p50Ms as number) / (2 * MINUTE) - 1)).toBeLessThan(0.06);
    expect(points.map((point) => point.answers.count)).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect((points[3]?.answers.p50Ms as number) / (3 * MINUTE)).toBeCloseTo(1, 1);
    const hour = await series(journal, { buckets: 1 });
    expect(hour.points[0]?.delivery.count).toBe(100);
    expect(hour.points[0]?.delivery.p95Ms).toBeCloseTo(20, -1);
  });

  it("holds the depth of a queue until it changes, and tells the most of each step", async () => {
    const journal = makeJournal("series depth");
    await tell(journal, depth(NOON - 5 * MINUTE, BOB, 4), depth(NOON - 5 * MINUTE, ALICE, 1));
    await series(journal);
    await tell(journal, depth(NOON + 2 * MINUTE, BOB, 9), depth(NOON + 2 * MINUTE + 1, BOB, 2), {
      event: "instance:removed",
      timestamp: iso(NOON + 4 * MINUTE),
      instanceId: ALICE,
    });
    const depths = async (query: Partial<SeriesQuery> = {}, now = NOW) =>
      (await series(journal, query, now)).points.map((point) => point.queueDepth);
    expect(await depths()).toEqual([5, 5, 10, 3, 3, 2, 2, 2, 2, 2]);
    expect(await depths({ instance: BOB })).toEqual([4, 4, 9, 2, 2, 2, 2, 2, 2, 2]);
    // Nothing is known of what has not come yet, nor of what was before the first word.
    expect(await depths({}, NOON + 5 * MINUTE)).toEqual([5, 5, 10, 3, 3, 2, null, null, null, null]);
    expect(await depths({ from: NOON - 8 * MINUTE, to: NOON - 3 * MINUTE })).toEqual([null, null, null, 5, 5]);
  });

  it("adds minutes up to hours after two days, and forgets them with history, without changing a sum", async () => {
    const journal = makeJournal("series hours");
    const messages = [at(NOON), at(NOON + 7 * MINUTE), at(NOON + 59 * MINUTE), at(NOON + HOUR + MINUTE)];
    await takeFeed(
      journal,
      makeFeed(
        messages,
        messages.map((m) => stateGroup(m.messageId, "delivered", Date.parse(m.timestamp) + 50)),
      ),
    );
    await tell(journal, depth(NOON + MINUTE, BOB, 7), depth(NOON + 9 * MINUTE, BOB, 3));
    const later = NOON + 3 * 24 * HOUR;
    const read = async () => {
      const { stepMs, points } = await series(journal, { to: NOON + 2 * HOUR, buckets: 120 }, later);
      return { stepMs, points: points.map(({ messages: n, delivery, queueDepth }) => [n, delivery.count, queueDepth]) };
    };
    const before = await read();
    expect(before).toEqual({
      stepMs: HOUR,
      points: [
        [3, 3, 7],
        [1, 1, 3],
      ],
    });
    await runInDurableObject(journal, (_, { storage }) => {
      const store = openStores(storage).series;
      const count = () => storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM traffic").one().n;
      expect(count()).toBe(4);
      while (store.rollUp((NOON + HOUR) / MINUTE)) expect(count()).toBeGreaterThan(0);
      expect(count()).toBe(2);
      // The second hour is not over by that time.
      expect(storage.sql.exec("SELECT minute % 60 AS m FROM traffic ORDER BY minute").toArray()).toEqual([
        { m: 0 },
        { m: 1 },
      ]);
    });
    expect(await read()).toEqual(before);
    await runInDurableObject(journal, (_, { storage }) => {
      openStores(storage).series.forget((NOON + HOUR) / MINUTE);
      expect(storage.sql.exec("SELECT * FROM traffic").toArray()).toHaveLength(1);
      expect(storage.sql.exec("SELECT * FROM latencies").toArray()).toHaveLength(1);
    });
    // What waits still waits, however long ago that was told.
    expect((await read()).points).toEqual([
      [0, 0, 7],
      [1, 1, 3],
    ]);
  });
});

describe("traffic", () => {
  it("tells who wrote to whom, the busiest first", async () => {
    const journal = makeJournal("traffic");
    const back = at(NOON, { from: BOB, to: ALICE });
    await takeFeed(journal, makeFeed([at(NOON), at(NOON + MINUTE), back, at(NOON - HOUR)]));
    const timestamp = iso(NOON);
    await tell(journal, {
      event: "broadcast:sent",
      timestamp,
      from: ALICE,
      content: "all",
      type: "task",
      messageId: crypto.randomUUID(),
    });
    expect(await journal.traffic(NOON, NOON + HOUR)).toEqual({
      from: iso(NOON),
      to: iso(NOON + HOUR),
      edges: [
        { from: ALICE, to: BOB, messages: 2 },
        { from: ALICE, to: "broadcast", messages: 1 },
        { from: BOB, to: ALICE, messages: 1 },
      ],
      truncated: false,
    });
    expect((await journal.traffic(NOON - 2 * HOUR, NOON - HOUR)).edges).toEqual([]);
  });
});
