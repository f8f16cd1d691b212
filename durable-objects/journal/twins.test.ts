/** Two messages under one id, as far as the exchange lets that happen (M3), and messages that were deleted. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { HubEvent, StreamEvent } from "../../shared/events.ts";
import type { Message } from "../../shared/message.ts";
import type { JournalRpc } from "../rpc.ts";
import {
  ALICE,
  BOB,
  makeFeed,
  makeJournal,
  makeMessage,
  NOON,
  stateGroup,
  TestConsumer,
  takeFeed,
} from "./test-kit.ts";

const MALLORY = "mallory@far:web/s9";
const CAROL = "carol@laptop:web/s3";

type Journal = DurableObjectStub<JournalRpc>;

async function contentsOf(journal: Journal, query: string): Promise<string[]> {
  const found = await journal.search(query, 50, null);
  if (!found.ok) throw new Error(JSON.stringify(found));
  return found.value.items.map(({ content }) => content);
}

function threadsOf(journal: Journal) {
  return journal.threads({ q: "", isUnanswered: null, limit: 10, cursor: null });
}

describe("[M3] a twin", () => {
  const hers = makeMessage({ content: "hers" });
  const his = makeMessage({ ...hers, from: MALLORY, to: CAROL, content: "his" });

  async function withTwins(name: string): Promise<Journal> {
    const journal = makeJournal(name);
    await takeFeed(journal, makeFeed([hers], [stateGroup(hers.messageId, "delivered")]));
    await takeFeed(journal, makeFeed([his], [{ ...stateGroup(his.messageId, "seen", NOON + 9), instanceId: CAROL }]));
    return journal;
  }

  it("is in history, search, the thread and the numbers, and has states of its own", async () => {
    const journal = await withTwins("twins");
    expect(await contentsOf(journal, "")).toEqual(["his", "hers"]);
    expect(await contentsOf(journal, "from:mallory")).toEqual(["his"]);
    expect(await contentsOf(journal, "is:seen")).toEqual(["his"]);
    expect(await contentsOf(journal, "is:delivered")).toEqual(["hers"]);
    expect(await journal.message(hers.messageId)).toMatchObject({
      ...hers,
      state: "delivered",
      twins: [{ ...his, state: "seen" }],
    });
    expect(await journal.thread(hers.messageId)).toMatchObject({
      rootId: hers.messageId,
      items: [{ content: "hers" }, { content: "his" }],
    });
    expect(await threadsOf(journal)).toMatchObject({ value: { items: [{ messages: 2 }] } });
    expect((await journal.stats(NOON + 60_000)).types).toMatchObject({ task: 2 });
    const { edges } = await journal.traffic(NOON - 60_000, NOON + 60_000);
    expect(edges).toContainEqual({ from: MALLORY, to: CAROL, messages: 1 });
  });

  it("is answered by whom it went to, after a restart as well", async () => {
    const journal = await withTwins("twins answered");
    await contentsOf(journal, "");
    await runInDurableObject(journal, (_, state) => state.abort("as in a crash")).catch(() => undefined);
    const again = makeJournal("twins answered");
    const answer = makeMessage({ from: CAROL, to: MALLORY, type: "result", replyToMessageId: his.messageId });
    await takeFeed(again, makeFeed([answer]));
    expect(await contentsOf(again, "is:answered")).toEqual(["his"]);
    expect(await contentsOf(again, "is:unanswered")).toEqual(["hers"]);
  });

  it("is none where sender, recipient and content are the same; it is where the content is another", async () => {
    const journal = makeJournal("no twins");
    const broadcast = (content: string) =>
      JSON.stringify({
        event: "broadcast:sent",
        timestamp: hers.timestamp,
        from: ALICE,
        content,
        type: "task",
        messageId: hers.messageId,
      } satisfies HubEvent);
    await takeFeed(journal, [
      broadcast("one"),
      broadcast("one"),
      broadcast("two"),
      ...makeFeed([hers]),
      broadcast("two"),
    ]);
    expect(await contentsOf(journal, "")).toEqual(["hers", "two", "one"]);
  });
});

describe("a message that was deleted", () => {
  const root = makeMessage({ type: "question", content: "root of all" });
  const answer = makeMessage({
    from: BOB,
    to: ALICE,
    type: "result",
    replyToMessageId: root.messageId,
    content: "the answer",
  });
  const last = makeMessage({ replyToMessageId: answer.messageId, type: "task", content: "the last word" });
  const deleted = ({ messageId, from }: Message) =>
    JSON.stringify({ event: "message:deleted", timestamp: root.timestamp, messageId, from } satisfies HubEvent);

  it("is in no history, search or thread, and its thread goes on without it", async () => {
    const journal = makeJournal("deleted");
    await takeFeed(journal, makeFeed([root, answer, last], [stateGroup(last.messageId, "acked")]));
    expect(await contentsOf(journal, "is:unanswered")).toEqual(["the last word"]);
    await takeFeed(journal, [deleted(last)]);
    expect(await journal.message(last.messageId)).toBeNull();
    expect(await contentsOf(journal, "word")).toEqual([]);
    expect(await threadsOf(journal)).toMatchObject({
      value: { items: [{ rootId: root.messageId, messages: 2, isUnanswered: false, last: { content: "the answer" } }] },
    });
    await takeFeed(journal, [deleted(root)]);
    expect(await journal.thread(answer.messageId)).toMatchObject({ items: [{ content: "the answer" }] });
    await takeFeed(journal, [deleted(answer)]);
    expect(await threadsOf(journal)).toMatchObject({ value: { items: [] } });
    await runInDurableObject(journal, (_, { storage }) => {
      for (const table of ["messages", "bodies", "deliveries", "threads", "orphans"]) {
        expect(storage.sql.exec(`SELECT * FROM ${table}`).toArray(), table).toEqual([]);
      }
    });
  });

  it("is not told again by a replay, which has as many events as before", async () => {
    const journal = makeJournal("deleted replay");
    await takeFeed(
      journal,
      makeFeed([root, answer], [stateGroup(root.messageId, "delivered"), stateGroup(root.messageId, "acked")]),
    );
    await takeFeed(journal, [deleted(root)]);
    await expect.poll(() => journal.message(root.messageId)).toBeNull();
    const consumer = await TestConsumer.open(journal, { since: 0 });
    const [, ...events] = (await consumer.until(6)) as [StreamEvent, ...StreamEvent[]];
    expect(consumer.cursors).toEqual([1, 2, 3, 4, 5]);
    expect(events.map(({ event }) => event)).toEqual([
      "message:deleted",
      "message:sent",
      "message:state",
      "message:state",
      "message:deleted",
    ]);
    expect(JSON.stringify(events)).not.toContain(root.content);
    // The twin: what was not deleted is told.
    expect(JSON.stringify(events)).toContain(answer.content);
  });

  it("is only that of the sender who is named", async () => {
    const journal = makeJournal("deleted twin");
    const his = makeMessage({ ...root, from: MALLORY, to: CAROL, content: "his" });
    await takeFeed(journal, [...makeFeed([root, his]), deleted(root)]);
    expect(await contentsOf(journal, "")).toEqual(["his"]);
    expect(await journal.message(root.messageId)).toMatchObject({ content: "his" });
    expect(await journal.thread(root.messageId)).toMatchObject({ items: [{ content: "his" }] });
  });
});
