import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { ThreadPage, ThreadSummary } from "../../shared/history.ts";
import type { Message } from "../../shared/message.ts";
import { fanOutId } from "../fan-out-id.ts";
import type { JournalRpc } from "../rpc.ts";
import type { ThreadsRequest } from "../rpc-types.ts";
import { openStores } from "./stores.ts";
import { ALICE, BOB, makeFeed, makeJournal, makeMessage, takeEvents, takeFeed } from "./test-kit.ts";

const CAROL = "carol@laptop:web/s3";

type Journal = DurableObjectStub<JournalRpc>;

function answer(to: Message, fields: Partial<Message> = {}): Message {
  return makeMessage({ from: to.to, to: to.from, type: "result", replyToMessageId: to.messageId, ...fields });
}

async function publish(journal: Journal, message: Message, seq: number): Promise<void> {
  const event = { event: "topic:message", timestamp: message.timestamp, name: "api", message };
  const text = JSON.stringify({ ...event, persistent: true, delivered: 1, queued: 0 });
  await takeEvents(journal, "topic:api", { seqs: [seq], events: [text] });
}

async function list(journal: Journal, request: Partial<ThreadsRequest> = {}): Promise<ThreadPage> {
  const page = await journal.threads({ q: "", isUnanswered: null, limit: 50, cursor: null, ...request });
  if (!page.ok) throw new Error(JSON.stringify(page));
  return page.value;
}

const rootsOf = (page: { items: ThreadSummary[] }) => page.items.map((item) => item.rootId);

async function idsIn(journal: Journal, messageId: string): Promise<string[] | undefined> {
  return (await journal.thread(messageId))?.items.map((item) => item.messageId);
}

describe("threads", () => {
  it("lists what was said last first, with who takes part, how much, and whether an answer is missing", async () => {
    const journal = makeJournal("threads list");
    const first = makeMessage({ type: "question" });
    const second = makeMessage({ from: CAROL, to: ALICE });
    const note = makeMessage({ type: "result" });
    const reply = answer(first);
    const question = answer(reply, { type: "question" });
    await takeFeed(journal, makeFeed([first, second, note]));
    await takeFeed(journal, makeFeed([reply, answer(second, { type: "ack" })]));
    await takeFeed(journal, makeFeed([question]));
    const { items } = await list(journal);
    expect(items.map(({ rootId, messages, isUnanswered }) => ({ rootId, messages, isUnanswered }))).toEqual([
      { rootId: first.messageId, messages: 3, isUnanswered: true },
      // An ack is no answer.
      { rootId: second.messageId, messages: 2, isUnanswered: true },
      { rootId: note.messageId, messages: 1, isUnanswered: false },
    ]);
    expect(items[0]?.last.messageId).toBe(question.messageId);
    expect(items[1]?.participants.toSorted()).toEqual([ALICE, CAROL]);
    await takeFeed(journal, makeFeed([answer(question)]));
    expect(rootsOf(await list(journal, { isUnanswered: true }))).toEqual([second.messageId]);
    expect(rootsOf(await list(journal, { isUnanswered: false }))).toEqual([first.messageId, note.messageId]);
  });

  it("has the whole tree for any message of it, oldest first", async () => {
    const journal = makeJournal("threads tree");
    const root = makeMessage();
    const [left, right] = [answer(root), answer(root)];
    const leaf = answer(left);
    const other = makeMessage();
    await takeFeed(journal, makeFeed([root, left, other, right, leaf]));
    const tree = [root, left, right, leaf].map((message) => message.messageId);
    for (const message of [root, left, right, leaf]) expect(await idsIn(journal, message.messageId)).toEqual(tree);
    expect(await journal.thread(leaf.messageId)).toMatchObject({ rootId: root.messageId, truncated: false });
    expect(await idsIn(journal, other.messageId)).toEqual([other.messageId]);
    expect(await journal.thread(crypto.randomUUID())).toBeNull();
  });

  it("joins answers to what they answer when that comes later, also to what waited itself", async () => {
    const journal = makeJournal("threads late");
    const root = makeMessage({ type: "question" });
    const middle = answer(root, { type: "question" });
    const leaf = answer(middle);
    await takeFeed(journal, makeFeed([leaf]));
    await takeFeed(journal, makeFeed([middle]));
    expect((await list(journal)).items).toMatchObject([{ rootId: middle.messageId, messages: 2, isUnanswered: false }]);
    await takeFeed(journal, makeFeed([root]));
    const { items } = await list(journal);
    expect(items).toMatchObject([{ rootId: root.messageId, messages: 3, isUnanswered: false }]);
    expect(await idsIn(journal, leaf.messageId)).toEqual([root, middle, leaf].map((message) => message.messageId));
    expect(await journal.message(root.messageId)).toMatchObject({ answeredAt: middle.timestamp });
  });

  it("ends with messages that answer each other, or themselves", async () => {
    const journal = makeJournal("threads circle");
    const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
    await takeFeed(
      journal,
      makeFeed([
        makeMessage({ messageId: one, replyToMessageId: two }),
        makeMessage({ messageId: two, replyToMessageId: one }),
      ]),
    );
    const own = crypto.randomUUID();
    await takeFeed(journal, makeFeed([makeMessage({ messageId: own, replyToMessageId: own })]));
    expect((await list(journal)).items.map((item) => item.messages)).toEqual([1, 2]);
    expect(await idsIn(journal, two)).toEqual([one, two]);
  });

  it("leaves publications out until somebody answers one", async () => {
    const journal = makeJournal("threads publications");
    const publication = makeMessage({ to: "topic:api", topicName: "api", type: "question" });
    await publish(journal, publication, 1);
    await publish(journal, makeMessage({ to: "topic:api", topicName: "api" }), 2);
    expect((await list(journal)).items).toEqual([]);
    await takeFeed(journal, makeFeed([answer(publication, { from: BOB, type: "ack" })]));
    expect((await list(journal)).items).toMatchObject([
      { messages: 2, isUnanswered: true, participants: [ALICE, BOB] },
    ]);
    await takeFeed(journal, makeFeed([answer(publication, { from: CAROL })]));
    expect((await list(journal)).items).toMatchObject([{ messages: 3, isUnanswered: false }]);
  });

  it("[M3] takes an answer to somebody's copy for one to the publication, also after a restart", async () => {
    const journal = makeJournal("threads copies");
    const publication = makeMessage({ to: "topic:api", topicName: "api", type: "question" });
    await publish(journal, publication, 1);
    const copyFor = (instanceId: string) => fanOutId(publication.messageId, instanceId);
    const reply = answer(publication, { from: BOB, replyToMessageId: copyFor(BOB) });
    await takeFeed(journal, makeFeed([reply]));
    expect((await list(journal)).items).toMatchObject([
      { rootId: publication.messageId, messages: 2, isUnanswered: false },
    ]);
    await evictDurableObject(journal);
    const other = answer(publication, { from: CAROL, replyToMessageId: copyFor(CAROL) });
    // Somebody else's copy is none of hers.
    const stranger = answer(publication, { from: CAROL, replyToMessageId: copyFor(BOB) });
    await takeFeed(journal, makeFeed([other, stranger]));
    expect((await list(journal)).items.map((item) => [item.rootId, item.messages])).toEqual([
      [stranger.messageId, 1],
      [publication.messageId, 3],
    ]);
  });

  it("pages without leaving out or repeating any", async () => {
    const journal = makeJournal("threads pages");
    const roots = Array.from({ length: 25 }, () => makeMessage({ content: "needle in it" }));
    const hay = Array.from({ length: 25 }, () => makeMessage({ content: "hay" }));
    await takeFeed(journal, makeFeed([...roots, ...hay, ...roots.map((root) => answer(root, { content: "needle" }))]));
    for (const [q, count] of [
      ["", 50],
      ["needle", 25],
    ] as const) {
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page: ThreadPage = await list(journal, { q, limit: 7, cursor });
        found.push(...rootsOf(page));
        cursor = page.nextCursor ?? null;
      } while (cursor !== null);
      expect([found.length, new Set(found).size]).toEqual([count, count]);
    }
  });

  it("finds threads by what is in any of their messages, and not others", async () => {
    const journal = makeJournal("threads query");
    const root = makeMessage({ content: "a plain question", type: "question" });
    await takeFeed(journal, makeFeed([root, makeMessage(), answer(root, { content: "a peculiar answer" })]));
    expect(rootsOf(await list(journal, { q: "peculiar" }))).toEqual([root.messageId]);
    expect(rootsOf(await list(journal, { q: "peculiar", isUnanswered: true }))).toEqual([]);
    expect(rootsOf(await list(journal, { q: "nowhere" }))).toEqual([]);
    expect(await journal.threads({ q: "is:nonsense", isUnanswered: null, limit: 5, cursor: null })).toMatchObject({
      ok: false,
      code: "invalid_payload",
    });
  });

  it("cuts a long thread around the message that is asked for, and says so", async () => {
    const journal = makeJournal("threads long");
    const chain = [makeMessage()];
    for (let i = 1; i < 1_200; i++) chain.push(answer(chain[i - 1] as Message));
    await takeFeed(journal, makeFeed(chain));
    const wanted = chain[700] as Message;
    const thread = await journal.thread(wanted.messageId);
    const ids = thread?.items.map((item) => item.messageId) ?? [];
    expect([thread?.truncated, ids.length, ids[0]]).toEqual([true, 500, chain[0]?.messageId]);
    expect(ids.indexOf(wanted.messageId)).toBeGreaterThan(200);
    expect((await journal.thread((chain[1_199] as Message).messageId))?.items.at(-1)).toMatchObject({
      messageId: chain[1_199]?.messageId,
    });
    expect((await list(journal)).items).toMatchObject([{ messages: 1_200 }]);
  });

  it("goes on with the rest when history forgets the beginning", async () => {
    const journal = makeJournal("threads forgotten");
    const root = makeMessage({ type: "question" });
    const reply = answer(root, { type: "ack" });
    const last = answer(reply);
    await takeFeed(journal, makeFeed([root, makeMessage()]));
    await takeFeed(journal, makeFeed([reply, last]));
    await list(journal);
    await runInDurableObject(journal, (_, { storage }) => {
      openStores(storage).history.forgetOldest(2, Number.MAX_SAFE_INTEGER);
    });
    expect((await list(journal)).items).toMatchObject([
      { rootId: reply.messageId, last: { messageId: last.messageId }, messages: 2, isUnanswered: false },
    ]);
    expect(await idsIn(journal, last.messageId)).toEqual([reply.messageId, last.messageId]);
    await runInDurableObject(journal, (_, { storage }) => {
      openStores(storage).history.forgetOldest(2, Number.MAX_SAFE_INTEGER);
      expect(storage.sql.exec("SELECT * FROM threads").toArray()).toEqual([]);
    });
  });
});
