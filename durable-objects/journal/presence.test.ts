/** What history makes of who came and went. What a crash does to it: exchange/presence.test.ts. */
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import type { HubEvent } from "../../shared/events.ts";
import { PRESENCE_CHANGES_MAX, PRESENCE_SPANS_MAX } from "../../shared/limits.ts";
import type { JournalRpc } from "../rpc.ts";
import { readIndexedUpTo } from "./indexer.ts";
import { PresenceBackfill } from "./presence-backfill.ts";
import { forgetSome } from "./retention.ts";
import { openStores } from "./stores.ts";
import { StreamStore } from "./stream-store.ts";
import { ALICE, BOB, makeFeed, makeJournal, makeMessage, NOON, takeFeed } from "./test-kit.ts";

type Journal = DurableObjectStub<JournalRpc>;

const MINUTE = 60_000;
const DAY = 86_400_000;
const iso = (minutes: number) => new Date(NOON + minutes * MINUTE).toISOString();

function event(kind: "joined" | "left" | "removed", minute: number, instanceId = ALICE): HubEvent {
  return { event: `instance:${kind}`, timestamp: iso(minute), instanceId };
}

function tell(journal: Journal, ...events: HubEvent[]): Promise<void> {
  return takeFeed(
    journal,
    events.map((told) => JSON.stringify(told)),
  );
}

/** Spans in minutes after noon, of the ten minutes after it if nothing else is asked for. */
async function presence(journal: Journal, { id = ALICE, from = 0, to = 10 } = {}) {
  const { spans, knownSince, truncated } = await journal.presence(id, NOON + from * MINUTE, NOON + to * MINUTE);
  const minute = (at: string | null) => (at === null ? null : (Date.parse(at) - NOON) / MINUTE);
  return {
    spans: spans.map((span) => [minute(span.from), minute(span.to)]),
    knownSince: minute(knownSince),
    truncated,
  };
}

function presenceRows(storage: DurableObjectStorage) {
  return storage.sql.exec("SELECT instance_id, at, is_online FROM presence ORDER BY id").toArray();
}

it("tells spans of coming and going, whole, that have a part in the time asked for, and the last one before", async () => {
  const journal = makeJournal("presence spans");
  await tell(journal, event("joined", -5), event("left", 2), event("joined", 4), event("left", 6), event("joined", 8));
  await tell(journal, event("joined", 1, BOB));
  expect(await presence(journal)).toEqual({
    spans: [
      [-5, 2],
      [4, 6],
      [8, null],
    ],
    knownSince: -5,
    truncated: false,
  });
  expect((await presence(journal, { from: -9, to: -5 })).spans).toEqual([]);
  expect((await presence(journal, { from: 2, to: 4 })).spans).toEqual([[-5, 2]]);
  expect((await presence(journal, { from: 1, to: 5 })).spans).toEqual([
    [-5, 2],
    [4, 6],
  ]);
  expect((await presence(journal, { from: 5, to: 6 })).spans).toEqual([[4, 6]]);
  expect((await presence(journal, { from: 7, to: 8 })).spans).toEqual([[4, 6]]);
  expect((await presence(journal, { from: 20, to: 30 })).spans).toEqual([[8, null]]);
  expect(await presence(journal, { id: BOB })).toMatchObject({ spans: [[1, null]], knownSince: 1 });
});

it("says since when it knows: the first word, be it that somebody left; nothing of who was never heard of", async () => {
  const journal = makeJournal("presence known");
  await tell(journal, event("left", 3), event("joined", 5));
  expect(await presence(journal)).toEqual({ spans: [[5, null]], knownSince: 3, truncated: false });
  expect(await presence(journal, { id: BOB })).toEqual({ spans: [], knownSince: null, truncated: false });
});

it("[Q8] a session change ends the old id's span and begins the new one's; a removed id keeps its own", async () => {
  const journal = makeJournal("presence change");
  const change = { event: "instance:session_updated", oldInstanceId: ALICE, newInstanceId: BOB, migrated: 0 } as const;
  await tell(journal, event("joined", 0), { ...change, timestamp: iso(3) });
  expect(await presence(journal)).toMatchObject({ spans: [[0, 3]] });
  expect(await presence(journal, { id: BOB })).toMatchObject({ spans: [[3, null]] });
  // Whoever was connected as the new id is replaced: its span goes on.
  const back = { ...change, oldInstanceId: BOB, newInstanceId: ALICE };
  await tell(journal, event("joined", 4), { ...back, timestamp: iso(6) });
  expect((await presence(journal)).spans).toEqual([
    [0, 3],
    [4, null],
  ]);
  await tell(journal, event("left", 7), event("removed", 8), event("removed", 8, BOB));
  expect((await presence(journal)).spans.at(-1)).toEqual([4, 7]);
  expect(await presence(journal, { id: BOB })).toMatchObject({ spans: [[3, 6]], knownSince: 3 });
});

it("is not confused by what comes twice, in one moment, or after the clock was set back", async () => {
  const journal = makeJournal("presence twice");
  await tell(journal, event("joined", 1), event("joined", 2), event("left", 3), event("left", 4));
  await tell(journal, event("joined", 5), event("left", 5), event("joined", 5));
  expect((await presence(journal)).spans).toEqual([
    [1, 3],
    [5, null],
  ]);
  // A span that seemed to begin later than it ends is none; nothing stays open.
  await tell(journal, event("left", 6), event("joined", 9), event("left", 7), event("joined", 8));
  expect((await presence(journal)).spans).toEqual([
    [1, 3],
    [5, 6],
    [8, null],
  ]);
});

it("tells the newest spans where there are very many", async () => {
  const journal = makeJournal("presence many");
  const flaps = Array.from({ length: PRESENCE_SPANS_MAX + 2 }, (_, n) => [
    event("joined", n / 1_000),
    event("left", n / 1_000 + 0.0005),
  ]);
  await tell(journal, ...flaps.flat());
  const { spans, truncated, knownSince } = await presence(journal);
  expect([spans.length, truncated, knownSince]).toEqual([PRESENCE_SPANS_MAX, true, 0]);
  expect([spans[0]?.[0], spans.at(-1)?.[0]]).toEqual([0.002, (PRESENCE_SPANS_MAX + 1) / 1_000]);
  const all = await presence(journal, { from: 0.0022 });
  expect([all.spans.length, all.truncated]).toEqual([PRESENCE_SPANS_MAX, false]);
});

it("forgets what is older than history, but not what still holds", async () => {
  const journal = makeJournal("presence age");
  const [gone, there] = ["gone@desk:web/1", "there@desk:web/1"];
  await tell(journal, event("joined", 0), event("left", 1), event("joined", 2), event("left", 60 * 24 * 20));
  await tell(journal, event("joined", 0, gone), event("left", 1, gone), event("joined", 0, there));
  await runInDurableObject(journal, (_, { storage }) => {
    expect(presenceRows(storage)).toHaveLength(7);
    const kept = { ...openStores(storage), stream: new StreamStore(storage), isBackfilling: true, indexedUpTo: 7 };
    const settings = { historyMs: 10 * DAY, historyMaxBytes: Number.MAX_SAFE_INTEGER };
    const forgetAll = (now: number) => {
      while (forgetSome({ ...kept, bytes: 0 }, settings, now));
      return presenceRows(storage);
    };
    expect(forgetAll(NOON + 10 * DAY)).toHaveLength(7);
    // The last one before the end of history says how each stood then; of who left and never came there is nothing to say.
    expect(forgetAll(NOON + 11 * DAY)).toEqual([
      { instance_id: ALICE, at: NOON + 2 * MINUTE, is_online: 1 },
      { instance_id: ALICE, at: NOON + 20 * DAY, is_online: 0 },
      { instance_id: there, at: NOON, is_online: 1 },
    ]);
    expect(forgetAll(NOON + 31 * DAY)).toEqual([{ instance_id: there, at: NOON, is_online: 1 }]);
  });
});

it("keeps so many changes at most, and none where nothing else is left to forget of a history that is too large", async () => {
  const journal = makeJournal("presence size");
  await tell(journal, event("joined", 0), event("left", 1), event("joined", 2, BOB));
  await runInDurableObject(journal, (_, { storage }) => {
    const kept = { ...openStores(storage), stream: new StreamStore(storage), isBackfilling: true, indexedUpTo: 3 };
    const settings = { historyMs: 365 * DAY, historyMaxBytes: 1_000 };
    const forgetAll = (bytes: number) => {
      while (forgetSome({ ...kept, bytes }, settings, NOON));
      return presenceRows(storage).length;
    };
    expect(forgetAll(0)).toBe(3);
    // As if so many more had come since.
    storage.sql.exec("INSERT INTO presence VALUES (?, ?, ?, 0)", PRESENCE_CHANGES_MAX + 2, BOB, NOON + 3 * MINUTE);
    expect(forgetAll(0)).toBe(2);
    expect(presenceRows(storage)[0]).toMatchObject({ instance_id: BOB, is_online: 1 });
    expect(forgetAll(2_000)).toBe(0);
  });
});

it("makes of the stream from before what would have been made as it came, also when it stops in between", async () => {
  const journal = makeJournal("presence backfill");
  for (let minute = 0; minute < 6; minute += 2) {
    await tell(journal, event("joined", minute), event("left", minute + 1));
    await takeFeed(journal, makeFeed([makeMessage({ content: '{"event":"instance:joined"}' })]));
  }
  const whole = await presence(journal);
  expect(whole.spans).toHaveLength(3);
  await runInDurableObject(journal, (_, { storage }) => {
    storage.sql.exec("DELETE FROM presence");
    storage.kv.delete("presenceBackfill");
    const begin = () =>
      new PresenceBackfill(storage, new StreamStore(storage), openStores(storage).presence, readIndexedUpTo(storage));
    const first = begin();
    first.step();
    expect(first.isPending).toBe(true);
    // As after a restart.
    const second = begin();
    while (second.isPending) second.step();
    expect(begin().isPending).toBe(false);
  });
  expect(await presence(journal)).toEqual(whole);
});
