/** Data of formats 3 and 4 are opened: what its schema did not have yet is made of what it had. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { freshIds, storeRows } from "../test/helpers/workerd/hub.ts";
import { TestClient } from "../test/helpers/workerd/test-client.ts";
import { exchangeOf } from "./env.ts";
import { STEPS as EXCHANGE_STEPS } from "./exchange/store/schema.ts";
import { STEPS as JOURNAL_STEPS } from "./journal/schema.ts";
import { ALICE, BOB, joined, makeJournal, makeMessage, NOON } from "./journal/test-kit.ts";
import { migrate } from "./migrate.ts";

const EXCHANGE_STEPS_THEN = { 3: 3, 4: 4 };
const JOURNAL_STEPS_THEN = 4;

/** Leaves in an object what a hub of format 3 would have left. */
async function writeAsThen(
  stub: DurableObjectStub<undefined>,
  steps: readonly string[],
  fill: (storage: DurableObjectStorage) => void,
): Promise<void> {
  await runInDurableObject(stub, async (_, { storage }) => {
    await storage.deleteAll();
    migrate(storage, steps);
    fill(storage);
  });
  await runInDurableObject(stub, (_, state) => state.abort("as in a restart")).catch(() => undefined);
}

it.each([3, 4] as const)("gives what waits, and takes acks and answers; format %i", async (format) => {
  const { a, b } = freshIds();
  const messageId = crypto.randomUUID();
  // Format 3 kept ids as they were written.
  const written = format === 3 ? messageId.toUpperCase() : messageId;
  const body = JSON.stringify(makeMessage({ messageId: written, from: a, to: b, content: "from then" }));
  const stub = exchangeOf(env) as unknown as DurableObjectStub<undefined>;
  await writeAsThen(stub, EXCHANGE_STEPS.slice(0, EXCHANGE_STEPS_THEN[format]), ({ sql, kv }) => {
    for (const id of [a, b]) {
      sql.exec(
        "INSERT INTO instances (instance_id, version, is_online, epoch, connected_at, last_seen_at) VALUES (?, 2, 0, 1, ?, ?)",
        id,
        NOON,
        Date.now(),
      );
    }
    sql.exec(
      `INSERT INTO messages (message_id, sender, is_publication, body, bytes, accepted_at, expires_at)
       VALUES (?, ?, 0, ?, ?, ?, ?)`,
      written,
      a,
      body,
      body.length,
      Date.now(),
      Date.now() + 86_400_000,
    );
    sql.exec("INSERT INTO deliveries (position, addressee, owner, state, attempts) VALUES (1, 2, 2, 0, 0)");
    kv.put("converted", true);
  });
  const bob = await TestClient.connect(b);
  await bob.untilDelivered(1);
  expect(bob.contents).toEqual(["from then"]);
  expect(await bob.ask({ action: "ack", messageIds: [bob.delivered[0]?.messageId as string] })).toMatchObject({
    acked: 1,
  });
  const alice = await TestClient.connect(a);
  expect(await alice.ask({ action: "status", messageId })).toMatchObject({ state: "acked" });
  expect(await storeRows("SELECT * FROM gone")).toEqual([]);
  // What was asked before there was a ledger is in none, and answered as then.
  expect(await bob.message(a, "done", { type: "result", replyToMessageId: messageId })).toHaveProperty("messageId");
  expect((await bob.ask({ action: "list_tasks", of: "all", state: "any" })).tasks).toEqual([]);
});

it("has the history of then, and finds in it what was not found", async () => {
  const journal = makeJournal("format 3");
  const message = makeMessage({ content: "今天部署完成" });
  const key = message.messageId.toUpperCase();
  await writeAsThen(
    journal as unknown as DurableObjectStub<undefined>,
    JOURNAL_STEPS.slice(0, JOURNAL_STEPS_THEN),
    ({ sql, kv }) => {
      for (const [index, name] of [ALICE, BOB].entries())
        sql.exec("INSERT INTO names VALUES (?, ?, 'web')", index + 1, name);
      sql.exec(
        "INSERT INTO messages (id, message_id, at, sender, recipient, type) VALUES (1, ?, ?, 1, 2, 'task')",
        key,
        NOON,
      );
      sql.exec("INSERT INTO bodies VALUES (1, ?)", JSON.stringify(message));
      sql.exec("INSERT INTO texts (rowid, content) VALUES (1, ?)", message.content);
      sql.exec("INSERT INTO deliveries VALUES (2, ?, 2, ?, ?, ?, NULL, NULL)", key, NOON, NOON, NOON);
      sql.exec("INSERT INTO stream VALUES (1, 1, ?, ?)", NOON, JSON.stringify(joined(ALICE)));
      kv.put("indexedUpTo", 1);
    },
  );
  const again = makeJournal("format 3");
  expect(await again.message(message.messageId)).toMatchObject({ content: message.content, state: "acked" });
  const found = async () => {
    const page = await again.search("部署", 10, null);
    return page.ok ? page.value.items.length : -1;
  };
  await expect.poll(found).toBe(1);
  const noon = new Date(NOON).toISOString();
  expect(await again.presence(ALICE, NOON, NOON + 1)).toMatchObject({
    spans: [{ from: noon, to: null }],
    knownSince: noon,
  });
});
