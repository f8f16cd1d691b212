import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import type { Message } from "../../shared/message.ts";
import { Backfill } from "./backfill.ts";
import { openStores } from "./stores.ts";
import { ALICE, BOB, makeFeed, makeJournal, makeMessage, NOON, stateGroup, takeFeed } from "./test-kit.ts";

const answer = (to: Message, fields: Partial<Message> = {}) =>
  makeMessage({ from: to.to, to: to.from, type: "result", replyToMessageId: to.messageId, ...fields });

/** Everything that the backfill makes, in an order of its own. */
function dump(storage: DurableObjectStorage) {
  const rows = (query: string) => storage.sql.exec(query).toArray();
  return {
    messages: rows("SELECT id, thread, answered_at FROM messages ORDER BY id"),
    threads: rows("SELECT * FROM threads ORDER BY root"),
    orphans: rows("SELECT * FROM orphans"),
    traffic: rows("SELECT * FROM traffic"),
    deliveries: rows("SELECT minute, type, slot, n FROM latencies WHERE kind = 0"),
    answers: rows("SELECT minute, type, slot, n FROM latencies WHERE kind = 1"),
  };
}

it("makes of history from before what would have been made as it came, also when it stops in between", async () => {
  const journal = makeJournal("backfill");
  const roots = Array.from({ length: 300 }, () => makeMessage());
  const answers = roots.map((root, index) => answer(root, { type: index % 3 === 0 ? "ack" : "result" }));
  const lost = makeMessage({ replyToMessageId: crypto.randomUUID() });
  const all = [...roots, lost, ...answers, answer(answers[5] as Message, { type: "question" })];
  const states = roots.map((root) => stateGroup(root.messageId, "delivered", NOON + 5_000));
  await takeFeed(journal, makeFeed(all, states));
  await runInDurableObject(journal, (_, { storage }) => {
    const whole = dump(storage);
    expect([whole.threads.length, whole.orphans.length, whole.deliveries.length > 0]).toEqual([301, 1, true]);
    expect(whole.answers.length).toBeGreaterThan(0);
    for (const table of ["threads", "orphans", "traffic", "latencies"]) storage.sql.exec(`DELETE FROM ${table}`);
    storage.sql.exec("UPDATE messages SET thread = NULL");
    storage.kv.delete("backfill");
    const first = new Backfill(storage, openStores(storage));
    first.step();
    expect(first.isPending).toBe(true);
    // As after a restart.
    const second = new Backfill(storage, openStores(storage));
    while (second.isPending) second.step();
    expect(dump(storage)).toEqual(whole);
    expect(new Backfill(storage, openStores(storage)).isPending).toBe(false);
  });
});

it("leaves what comes meanwhile to the indexer, which waits for it", async () => {
  const journal = makeJournal("backfill meanwhile");
  const root = makeMessage({ type: "question" });
  await takeFeed(journal, makeFeed([root]));
  await runInDurableObject(journal, (_, { storage }) => {
    storage.sql.exec("DELETE FROM threads");
    storage.sql.exec("DELETE FROM traffic");
    storage.kv.delete("backfill");
    const stores = openStores(storage);
    const backfill = new Backfill(storage, stores);
    expect(backfill.isPending).toBe(true);
    while (backfill.isPending) backfill.step();
  });
  await takeFeed(journal, makeFeed([answer(root, { from: BOB, to: ALICE })]));
  expect(await journal.threads({ q: "", isUnanswered: null, limit: 5, cursor: null })).toMatchObject({
    value: { items: [{ rootId: root.messageId, messages: 2, isUnanswered: false }] },
  });
});

it("[Q10] is not stopped by a message that cannot be read", async () => {
  const journal = makeJournal("backfill garbage");
  const messages = [makeMessage(), makeMessage()];
  await takeFeed(journal, makeFeed(messages));
  await runInDurableObject(journal, (_, { storage }) => {
    storage.sql.exec("DELETE FROM threads");
    storage.sql.exec("UPDATE bodies SET body = '{' WHERE id = (SELECT min(id) FROM bodies)");
    storage.kv.delete("backfill");
    const backfill = new Backfill(storage, openStores(storage));
    while (backfill.isPending) backfill.step();
    expect(storage.sql.exec("SELECT messages FROM threads").toArray()).toEqual([{ messages: 1 }]);
  });
});
