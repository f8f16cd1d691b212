import { effect, signal } from "@preact/signals";
import { describe, expect, it } from "vitest";
import type { MessageRecord } from "../../../shared/history.ts";
import { RestProblem } from "../adapter/rest.ts";
import { makeAddressBar } from "../test-kit/stand-in-address-bar.ts";
import { makeRecord, makeStandInHub, OWN_ID, sent, settle } from "../test-kit/stand-in-hub.ts";
import { createUrlState } from "../url-state.ts";
import { FeedModel } from "./feed.ts";
import { FEED_MAX_ROWS } from "./feed-window.ts";
import { MessageStoreModel } from "./message-store.ts";
import { OutboxModel } from "./outbox.ts";

const PATH = "/api/messages";

function makeFeed(href = "/") {
  const hub = makeStandInHub();
  const messages = new MessageStoreModel();
  hub.stream.onEvents((events) => messages.apply(events));
  const outbox = new OutboxModel(hub, messages);
  const url = createUrlState(makeAddressBar(href));
  const isVisible = signal(true);
  const feed = new FeedModel(hub, url, messages, outbox, { isOnline: signal(true), isVisible });
  const contents = () => feed.rows.value.map((row) => row.value.content);
  const answer = async (items: MessageRecord[], nextCursor?: string) => {
    hub.take(PATH).answer({ items: items.toReversed(), ...(nextCursor === undefined ? {} : { nextCursor }) });
    await settle();
  };
  return { hub, feed, url, outbox, isVisible, contents, answer };
}

const records = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => makeRecord(from + n));
const words = (from: number, to: number) => records(from, to).map(({ content }) => content);

/** With these in it, oldest first. */
async function openFeed(items: MessageRecord[], nextCursor?: string, href?: string) {
  const made = makeFeed(href);
  made.hub.gap();
  await made.answer(items, nextCursor);
  return made;
}

describe("rows", () => {
  it("are the newest page, oldest first, and what comes after it", async () => {
    const { hub, contents } = await openFeed(records(0, 3));
    hub.tell(sent(makeRecord(3)), sent(makeRecord(4)));
    expect(contents()).toEqual(words(0, 5));
  });

  it("lose nothing that comes while history is read, and show nothing twice", async () => {
    const { hub, contents, answer } = makeFeed();
    hub.gap();
    hub.tell(sent(makeRecord(1)), sent(makeRecord(2)));
    await answer(records(0, 2));
    expect(contents()).toEqual(words(0, 3));
  });

  it("join what is there after a gap that history bridges, and begin anew after one that it does not", async () => {
    const { hub, feed, contents, answer } = await openFeed(records(0, 5), "older");
    hub.gap();
    await answer(records(3, 8));
    expect(contents()).toEqual(words(0, 8));
    hub.gap();
    await answer(records(200, 202), "other");
    expect(contents()).toEqual(words(200, 202));
    expect(feed.hasOlder.value).toBe(true);
  });

  it("keep what came live when history is behind it", async () => {
    const { hub, contents, answer } = await openFeed(records(0, 2));
    hub.tell(sent(makeRecord(5)));
    hub.gap();
    await answer(records(0, 4));
    expect(contents()).toEqual([...words(0, 4), "message 5"]);
  });

  it("go on to older pages by cursor, and end where history does", async () => {
    const { hub, feed, contents, answer } = await openFeed(records(100, 103), "c1");
    void feed.loadOlder();
    void feed.loadOlder();
    expect(hub.requests.map(({ query }) => query.cursor)).toEqual(["c1"]);
    await answer(records(97, 100));
    expect(contents()).toEqual(words(97, 103));
    await feed.loadOlder();
    expect([hub.requests, feed.hasOlder.value]).toEqual([[], false]);
  });

  it("take an older page also when the newest was read anew meanwhile, and not when all began anew", async () => {
    const { hub, feed, contents, answer } = await openFeed(records(100, 103), "c1");
    void feed.loadOlder();
    const older = hub.take(PATH);
    hub.gap();
    await answer(records(101, 105));
    older.answer({ items: records(98, 100).toReversed(), nextCursor: "c2" });
    await settle();
    expect(contents()).toEqual(words(98, 105));
    void feed.loadOlder();
    const tooLate = hub.take(PATH);
    hub.gap();
    await answer(records(900, 902), "c9");
    tooLate.answer({ items: records(96, 98).toReversed() });
    await settle();
    expect(contents()).toEqual(words(900, 902));
  });

  it("are bounded: at the end of the feed the oldest go, and are read again by time", async () => {
    const { hub, feed } = await openFeed(records(0, 1));
    for (let from = 1; from <= FEED_MAX_ROWS; from += 1_000) hub.tell(...records(from, from + 1_000).map(sent));
    expect(feed.rows.value.length).toBeLessThanOrEqual(FEED_MAX_ROWS);
    expect(feed.hasOlder.value).toBe(true);
    const oldest = feed.rows.value[0]?.value.timestamp ?? "";
    void feed.loadOlder();
    const until = new Date(Date.parse(oldest) + 1).toISOString();
    expect(hub.take(PATH).query).toMatchObject({ q: `before:${until}` });
  });

  it("are not taken from under who reads older ones, however many come", async () => {
    const { hub, feed, answer } = await openFeed(records(0, 1));
    feed.setFollowing(false);
    for (let from = 1; from <= FEED_MAX_ROWS + 1_000; from += 1_000) hub.tell(...records(from, from + 1_000).map(sent));
    expect(feed.rows.value[0]?.value.content).toBe("message 0");
    expect(feed.rows.value.length).toBeLessThanOrEqual(FEED_MAX_ROWS);
    expect(feed.newCount.value).toBe(FEED_MAX_ROWS + 1_000);
    for (let from = 20_000; from < 20_000 + FEED_MAX_ROWS; from += 1_000)
      hub.tell(...records(from, from + 1_000).map(sent));
    feed.showLatest();
    await answer(records(40_000, 40_003));
    expect(feed.rows.value.map((row) => row.value.content)).toEqual(words(40_000, 40_003));
  });

  it("make room for older ones before these come, never in the same step: the list would lose its place", async () => {
    const { hub, feed, answer } = await openFeed(records(100_000, 100_001), "c1");
    feed.setFollowing(false);
    const lengths: number[] = [];
    effect(() => void lengths.push(feed.rows.value.length));
    const oldest = 100_000 - FEED_MAX_ROWS - 2_000;
    for (let end = 100_000; end > oldest; end -= 200) {
      void feed.loadOlder();
      await answer(records(end - 200, end), `c${end}`);
    }
    expect(feed.rows.value[0]?.value.content).toBe(`message ${oldest}`);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(FEED_MAX_ROWS);
    const steps = lengths.slice(1).map((length, index) => length - (lengths[index] ?? 0));
    expect(steps.every((step) => step === 200 || step < 0)).toBe(true);
    hub.tell(...records(100_002, 100_003).map(sent));
    expect(feed.rows.value.at(-1)?.value.content).not.toBe("message 100003");
  });

  it("are asked again while history catches up after a burst", async () => {
    const { hub } = makeFeed();
    hub.gap();
    hub.take(PATH).answer({ items: [makeRecord(0)], isBehind: true });
    await expect.poll(() => hub.requests.length, { timeout: 5_000 }).toBe(1);
  });
});

describe("the filter", () => {
  it("is the address: asked of history, and held against what comes", async () => {
    const { hub, feed, contents } = makeFeed("/?type=result&instance=bob@desk:api/1&topic=news&q=red");
    hub.gap();
    expect(hub.take(PATH).query).toMatchObject({ q: "red type:result with:bob@desk:api/1 topic:news" });
    expect([feed.isFiltered.value, contents()]).toEqual([true, []]);
  });

  it("lets through live what fits it, and nothing else", async () => {
    const { hub, contents } = await openFeed([], undefined, "/?type=result&instance=bob@desk:api/1");
    hub.tell(
      sent(makeRecord(1)),
      sent(makeRecord(2, { type: "result" })),
      sent(makeRecord(3, { type: "result", to: "eve@desk:api/1" })),
      sent(makeRecord(4, { type: "result", from: "bob@desk:api/1", to: "eve@desk:api/1" })),
    );
    expect(contents()).toEqual(["message 2", "message 4"]);
  });

  it("by words is the hub's to judge: what comes makes it ask again", async () => {
    const { hub, contents, answer } = await openFeed(records(0, 1), undefined, "/?q=message");
    hub.tell(sent(makeRecord(1)));
    expect(contents()).toEqual(["message 0"]);
    await expect.poll(() => hub.requests.length, { timeout: 5_000 }).toBe(1);
    await answer(records(0, 2));
    expect(contents()).toEqual(words(0, 2));
  });

  it("that changes drops the rows, and the answer to what was asked before", async () => {
    const { hub, url, contents, answer } = makeFeed();
    hub.gap();
    url.set({ type: "result" }, "push");
    await answer(records(0, 2));
    expect(contents()).toEqual([]);
    await answer([makeRecord(9, { type: "result" })]);
    expect(contents()).toEqual(["message 9"]);
  });

  it("of another page is none of the feed's, which goes on behind it", async () => {
    const { hub, url, contents } = await openFeed(records(0, 1));
    url.navigate("/topics?topic=news");
    hub.tell(sent(makeRecord(1)));
    expect(hub.requests).toEqual([]);
    expect(contents()).toEqual(words(0, 2));
  });

  it("that the hub refuses says why", async () => {
    const { hub, feed } = makeFeed("/?q=colour:red");
    hub.gap();
    hub.take(PATH).refuse(new RestProblem(400, "invalid_payload", "There is no operator."));
    await settle();
    expect(feed.status.value).toEqual({ kind: "failed", error: "There is no operator.", isQueryWrong: true });
  });
});

describe("what is new", () => {
  it("is counted while somebody reads further up, with a divider before the first", async () => {
    const { hub, feed } = await openFeed(records(0, 2));
    feed.setFollowing(false);
    hub.tell(sent(makeRecord(2)), sent(makeRecord(3)));
    expect([feed.newCount.value, feed.unreadFrom.value]).toEqual([2, makeRecord(2).messageId]);
    feed.setFollowing(true);
    expect([feed.newCount.value, feed.unreadFrom.value]).toEqual([0, makeRecord(2).messageId]);
  });

  it("is counted while nobody can see the page, and not while somebody looks", async () => {
    const { hub, feed, isVisible } = await openFeed(records(0, 1));
    hub.tell(sent(makeRecord(1)));
    expect(feed.newCount.value).toBe(0);
    isVisible.value = false;
    hub.tell(sent(makeRecord(2)));
    expect(feed.newCount.value).toBe(1);
    isVisible.value = true;
    expect(feed.newCount.value).toBe(0);
  });

  it("waits while the feed is paused, and comes once afterwards", async () => {
    const { hub, feed, contents } = await openFeed(records(0, 1));
    feed.setPaused(true);
    hub.tell(sent(makeRecord(1)), sent(makeRecord(2)));
    expect([contents(), feed.newCount.value]).toEqual([words(0, 1), 2]);
    feed.setPaused(false);
    expect([contents(), feed.newCount.value]).toEqual([words(0, 3), 0]);
  });
});

describe("what this tab sends", () => {
  it("stands at the end at once, and becomes the hub's message in its place", async () => {
    const { hub, outbox, contents } = await openFeed(records(0, 1));
    const { messageId } = outbox.send({ to: "bob@desk:api/1", type: "task", content: "mine" });
    hub.tell(sent(makeRecord(1)));
    expect(contents()).toEqual(["message 0", "message 1", "mine"]);
    hub.tell(sent(makeRecord(2, { messageId, from: OWN_ID, content: "mine" })));
    expect(contents()).toEqual(["message 0", "message 1", "mine"]);
    expect(outbox.underWay.value).toEqual([]);
  });
});
