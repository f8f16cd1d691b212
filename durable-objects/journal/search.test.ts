import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Message } from "../../shared/message.ts";
import type { JournalRpc } from "../rpc.ts";
import { toFilter } from "./filter.ts";
import { Names } from "./names.ts";
import { Reindex } from "./reindex.ts";
import { openStores } from "./stores.ts";
import { ALICE, BOB, makeFeed, makeJournal, makeMessage, NOON, stateGroup, takeEvents, takeFeed } from "./test-kit.ts";

const iso = (at: number) => new Date(at).toISOString();
const DAY_MS = 86_400_000;

const QUESTION = makeMessage({ type: "question", content: "Does the deployment of café-api fail?" });
const ANSWER = makeMessage({
  from: BOB,
  to: ALICE,
  type: "result",
  content: "It failed: timeout after 12:30, see http://ci/1",
  replyToMessageId: QUESTION.messageId,
});
const TASK = makeMessage({
  content: 'Please say "hello world" to the reviewer',
  role: "reviewer",
  timestamp: iso(NOON - DAY_MS),
});
const DEAD = makeMessage({ from: "carol@laptop:web/s3", to: "alicia@laptop:web/s4", content: "never arrives" });
const PUBLICATION = makeMessage({
  messageId: crypto.randomUUID(),
  from: BOB,
  to: "topic:api/errors",
  topicName: "api/errors",
  type: "result",
  content: "error budget is used up",
  fromRole: "reviewer",
});

const EVERYTHING = { QUESTION, ANSWER, TASK, DEAD, PUBLICATION };
const nameOf = new Map(Object.entries(EVERYTHING).map(([name, { messageId }]) => [messageId, name]));

async function fill(journal: DurableObjectStub<JournalRpc>): Promise<void> {
  const states = [
    stateGroup(QUESTION.messageId, "delivered", NOON + 40),
    stateGroup(QUESTION.messageId, "acked", NOON + 50),
    stateGroup(DEAD.messageId, "dead"),
  ];
  await takeFeed(journal, makeFeed([TASK, QUESTION, ANSWER, DEAD], states));
  const event = { event: "topic:message", timestamp: PUBLICATION.timestamp, name: "api/errors", message: PUBLICATION };
  const counted = JSON.stringify({ ...event, persistent: true, delivered: 2, queued: 1 });
  await takeEvents(journal, "topic:api/errors", { seqs: [1], events: [counted] });
}

async function find(query: string): Promise<string[]> {
  const journal = makeJournal("search");
  if ((await journal.message(TASK.messageId)) === null) await fill(journal);
  const result = await journal.search(query, 50, null);
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.value.items.map((item) => nameOf.get(item.messageId) ?? "?");
}

describe("search", () => {
  it.each<[string, string[]]>([
    ["", ["PUBLICATION", "DEAD", "ANSWER", "QUESTION", "TASK"]],
    ["deployments", ["QUESTION"]],
    ["CAFE", ["QUESTION"]],
    ["failing", ["ANSWER", "QUESTION"]],
    ['"hello world"', ["TASK"]],
    ['"world hello"', []],
    ["hel*", ["TASK"]],
    ["failed -timeout", ["QUESTION"]],
    ["-failed -error", ["DEAD", "TASK"]],
    ['-"hello world" reviewer', []],
    ["12:30", ["ANSWER"]],
    ["http://ci/1", ["ANSWER"]],
    ["from:alice", ["QUESTION", "TASK"]],
    [`from:${BOB}`, ["PUBLICATION", "ANSWER"]],
    ["from:bob@server", ["PUBLICATION", "ANSWER"]],
    ["from:bob@server:api", ["PUBLICATION", "ANSWER"]],
    ["from:bob@ser", []],
    ["-from:alice -from:bob", ["DEAD"]],
    ["to:alice", ["ANSWER"]],
    ["to:topic:api/errors", ["PUBLICATION"]],
    [`with:${ALICE}`, ["ANSWER", "QUESTION", "TASK"]],
    ["with:alice type:result", ["ANSWER"]],
    ["with:carol@laptop", ["DEAD"]],
    ["with:reviewer", []],
    [`-with:${ALICE} -with:carol`, ["PUBLICATION"]],
    ["type:result", ["PUBLICATION", "ANSWER"]],
    ["type:result -topic:api/errors", ["ANSWER"]],
    ["topic:api/errors", ["PUBLICATION"]],
    ["topic:nowhere", []],
    ["role:reviewer", ["PUBLICATION", "TASK"]],
    ["project:api", ["PUBLICATION", "ANSWER", "QUESTION", "TASK"]],
    ["is:unanswered", ["DEAD", "TASK"]],
    ["is:answered", ["QUESTION"]],
    ["is:acked", ["QUESTION"]],
    ["is:dead", ["DEAD"]],
    ["is:queued", ["ANSWER", "TASK"]],
    ["is:delivered", ["PUBLICATION"]],
    ["-is:dead -is:queued", ["PUBLICATION", "QUESTION"]],
    ["before:2026-11-22", ["TASK"]],
    ["after:2026-11-22 type:task", ["DEAD"]],
    [`after:${iso(NOON - DAY_MS)} role:reviewer`, ["PUBLICATION", "TASK"]],
    ['from:"alice" type:task', ["TASK"]],
    ["fail\u0000 \u0000", ["ANSWER", "QUESTION"]],
    ["-\u0000failed -error from:b\u0000b", []],
    [`-"!!" ${"-with:carol@laptop ".repeat(15)}`, ["PUBLICATION", "ANSWER", "QUESTION", "TASK"]],
    [`reviewer -"!!" ${"-error ".repeat(14)}`, ["TASK"]],
    ["-", ["PUBLICATION", "DEAD", "ANSWER", "QUESTION", "TASK"]],
    ["?! OR AND NOT ( * ) NEAR", []],
  ])("%j finds %j", async (query, expected) => {
    expect(await find(query)).toEqual(expected);
  });

  it.each([
    ["form:alice", /no operator "form:".*from:/],
    ["is:open", /is:open says nothing.*unanswered/],
    ["type:mail", /no type "mail".*question/],
    ["after:noon", /"noon" is no time.*today.*2h/],
    ["before:2x", /"2x" is no time/],
    ["from:", /from: wants a value/],
    ["x ".repeat(17), /at most 16 terms/],
    ["a* b* -c* d* e*", /at most 4 words with \*/],
    ["x".repeat(1_001), /at most 1000 characters/],
  ])("%j is refused in words", async (query, why) => {
    const result = await makeJournal("refusals").search(query, 10, null);
    expect(result).toMatchObject({ ok: false, code: "invalid_payload", error: expect.stringMatching(why) });
  });

  it("refuses limits and cursors that are none", async () => {
    const journal = makeJournal("refusals");
    for (const limit of [0, 1.5, 10_000]) expect((await journal.search("", limit, null)).ok).toBe(false);
    expect((await journal.search("", 10, "abc")).ok).toBe(false);
  });

  it("pages from the newest to the oldest, each message once, while new ones come", async () => {
    const journal = makeJournal("pages");
    const messages = Array.from({ length: 25 }, () => makeMessage({ content: "page" }));
    await takeFeed(journal, makeFeed(messages));
    const found: Message[] = [];
    for (let cursor: string | null = null; ; ) {
      const result = await journal.search("page", 10, cursor);
      if (!result.ok) throw new Error(JSON.stringify(result));
      found.push(...result.value.items);
      await takeFeed(journal, makeFeed([makeMessage({ content: "page" })]));
      if (result.value.nextCursor === undefined) break;
      cursor = result.value.nextCursor;
    }
    expect(found.map((message) => message.messageId)).toEqual(messages.map((message) => message.messageId).reverse());
  });
});

it("finds what stands behind a NUL, and shows it", async () => {
  const journal = makeJournal("nul");
  const message = makeMessage({ content: "before\0behind" });
  await takeFeed(journal, makeFeed([message]));
  const found = await journal.search("behind", 5, null);
  expect(found.ok && found.value.items.map(({ content }) => content)).toEqual([message.content]);
});

describe("words without spaces between them", () => {
  const CONTENTS = {
    chinese: "我们今天部署全文检索，没有问题。",
    japanese: "デプロイは全文検索の後で、ビルドを確認してください",
    korean: "회의를 내일로 연기했습니다",
    thai: "พรุ่งนี้เราจะประชุมกันที่ห้องใหญ่",
    mixed: "deploy你好世界 now",
    english: "nothing of the kind",
  };

  async function findIn(journal: DurableObjectStub<JournalRpc>, query: string): Promise<string[]> {
    const result = await journal.search(query, 50, null);
    if (!result.ok) throw new Error(JSON.stringify(result));
    return result.value.items.map(({ content }) => content);
  }

  const CASES: [query: string, found: (keyof typeof CONTENTS)[]][] = [
    ["部署", ["chinese"]],
    ["全文", ["japanese", "chinese"]],
    ["全文检索", ["chinese"]],
    ["署", ["chinese"]],
    ["题", ["chinese"]],
    ["文全", []],
    ["ビルド", ["japanese"]],
    ["確認*", ["japanese"]],
    ["회의", ["korean"]],
    ["연기했", ["korean"]],
    ["ประชุม", ["thai"]],
    ["ประชม", []],
    ["你好世界", ["mixed"]],
    ['"好世界 now"', ["mixed"]],
    ['"你好 now"', []],
    ["deploy", ["mixed"]],
    ["-全文 -deploy -회의 -ประชุม", ["english"]],
  ];

  it.each(CASES)("%j finds %j", async (query, expected) => {
    const journal = makeJournal("unspaced");
    if ((await findIn(journal, "")).length === 0) {
      await takeFeed(journal, makeFeed(Object.values(CONTENTS).map((content) => makeMessage({ content }))));
    }
    expect(await findIn(journal, query)).toEqual(expected.map((name) => CONTENTS[name]));
  });

  it("are found in what was indexed before, once that was done anew, which goes on after a stop", async () => {
    const journal = makeJournal("reindex");
    const messages = Array.from({ length: 700 }, (_, n) => makeMessage({ content: n % 2 ? "今天部署完成" : "done" }));
    await takeFeed(journal, makeFeed(messages));
    await journal.search("", 1, null);
    await runInDurableObject(journal, (_, { storage }) => {
      const { history } = openStores(storage);
      const sought = toFilter([{ kind: "text", text: "部署", isNegated: false }], new Names(storage));
      const found = () => history.search(sought, Number.MAX_SAFE_INTEGER, 1_000).length;
      for (const { id, body } of history.bodiesAfter(0, history.lastId(), 1_000)) {
        storage.sql.exec("DELETE FROM texts WHERE rowid = ?", id);
        storage.sql.exec("INSERT INTO texts (rowid, content) VALUES (?, ?)", id, JSON.parse(body).content);
      }
      storage.kv.delete("reindex");
      expect(found()).toBe(0);
      const first = new Reindex(storage, history);
      first.step();
      expect([first.isPending, found()]).toEqual([true, 150]);
      const second = new Reindex(storage, history);
      while (second.isPending) second.step();
      expect(found()).toBe(350);
      expect(new Reindex(storage, history).isPending).toBe(false);
    });
  });
});

it("shows one message with its states", async () => {
  const journal = makeJournal("one");
  await fill(journal);
  expect(await journal.message(QUESTION.messageId)).toEqual({
    ...QUESTION,
    state: "acked",
    history: [
      { state: "queued", at: QUESTION.timestamp },
      { state: "delivered", at: iso(NOON + 40) },
      { state: "acked", at: iso(NOON + 50) },
    ],
    answeredAt: ANSWER.timestamp,
  });
  expect(await journal.message(PUBLICATION.messageId)).toMatchObject({
    state: "delivered",
    recipients: { delivered: 2, queued: 1 },
  });
  expect(await journal.message(crypto.randomUUID())).toBeNull();
});

it("takes the state that was told last, also where the clock went back", async () => {
  const journal = makeJournal("order");
  const message = makeMessage();
  await takeFeed(journal, makeFeed([message], [stateGroup(message.messageId, "delivered", NOON + 9)]));
  expect(await journal.message(message.messageId)).toMatchObject({ state: "delivered" });
  await takeFeed(journal, makeFeed([], [stateGroup(message.messageId, "acked", NOON + 5)]));
  expect(await journal.message(message.messageId)).toMatchObject({ state: "acked", history: { length: 3 } });
});

it("counts", async () => {
  const journal = makeJournal("stats");
  await fill(journal);
  const depth = { event: "queue:stats", timestamp: iso(NOON), instanceId: BOB, depth: 7 };
  await takeEvents(journal, "directory", { seqs: [1], events: [JSON.stringify(depth)] });
  const stats = await journal.stats(NOON + 60_000);
  expect(stats).toMatchObject({
    messagesToday: 4,
    queuedTotal: 7,
    types: { task: 1, question: 1, result: 2 },
    topics: { "api/errors": 1 },
    delivery: { count: 1 },
    answers: { count: 1, p50Ms: 1, p95Ms: 1 },
    unanswered: 2,
  });
  expect(stats.hours).toHaveLength(24);
  expect(stats.hours.at(-1)).toEqual({ at: iso(NOON), messages: 4 });
  expect(stats.instances).toContainEqual({ instanceId: BOB, sent: 2, received: 1 });
});
