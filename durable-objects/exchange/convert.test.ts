/** A hub of cc2cc 0.1, with its tables as that wrote them, is converted at the first start. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { crash, freshIds, storeRows } from "../../test/helpers/workerd/hub.ts";
import { secretOf, TestClient } from "../../test/helpers/workerd/test-client.ts";
import { directoryOf, exchangeOf, journalOf, legacyMailboxOf, legacyTopicOf } from "../env.ts";
import { bodyOf } from "../envelope.ts";
import { fanOutId } from "../fan-out-id.ts";
import { sha256Hex } from "../hash.ts";

const SENT_AT = Date.now() - 60_000;
const EXPIRES_AT = SENT_AT + 7 * 86_400_000;
const MAILBOX_TABLES = `
  CREATE TABLE messages (seq INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, sender TEXT NOT NULL, body TEXT NOT NULL,
    bytes INTEGER NOT NULL, log_position INTEGER NOT NULL, state INTEGER NOT NULL, attempts INTEGER NOT NULL,
    epoch INTEGER NOT NULL, lease_until INTEGER NOT NULL, expires_at INTEGER NOT NULL, queued_at INTEGER NOT NULL,
    delivered_at INTEGER NOT NULL, ended_at INTEGER, reason TEXT) STRICT;
  CREATE TABLE archive (segment INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, archived_at INTEGER NOT NULL,
    lines TEXT NOT NULL) STRICT;
  CREATE TABLE seen (message_id TEXT PRIMARY KEY, seen_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;`;
const TOPIC_TABLES = `
  CREATE TABLE subscribers (instance_id TEXT PRIMARY KEY, subscribed_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE publications (position INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
    persistent INTEGER NOT NULL, pending TEXT, published_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    delivered INTEGER NOT NULL DEFAULT 0, queued INTEGER NOT NULL DEFAULT 0) STRICT;`;

function bodyFrom(from: string, to: string, content: string, messageId = crypto.randomUUID()): string {
  const topic = to.startsWith("topic:") ? { topicName: to.slice("topic:".length) } : {};
  const timestamp = new Date(SENT_AT).toISOString();
  return bodyOf({ messageId, from, to, type: "task", content, timestamp, ...topic });
}

const idOf = (body: string) => (JSON.parse(body) as { messageId: string }).messageId;

async function addInstances(ids: readonly string[], successorOf: Record<string, string> = {}): Promise<void> {
  const hashes = await Promise.all(ids.map((id) => sha256Hex(secretOf(id))));
  await runInDurableObject(directoryOf(env), (_, { storage: { sql } }) => {
    for (const [index, id] of ids.entries()) {
      sql.exec(
        `INSERT INTO instances (instance_id, partial, version, is_online, epoch, role, identity_hash, successor,
           connected_at, last_seen_at) VALUES (?, ?, 2, 1, 3, ?, ?, ?, 1, 1)`,
        id,
        id.slice(0, id.indexOf("/")),
        successorOf[id] === undefined ? "reviewer" : null,
        hashes[index] as string,
        successorOf[id] ?? null,
      );
    }
  });
}

/** state as 0.1 numbered it: 0 queued, 1 delivered, 4 expired. */
async function addMail(id: string, rows: readonly { body: string; state: number; attempts?: number }[]): Promise<void> {
  await runInDurableObject(legacyMailboxOf(env, id), (_, { storage: { sql } }) => {
    sql.exec(MAILBOX_TABLES);
    for (const [index, { body, state, attempts = state }] of rows.entries()) {
      const { messageId, from } = JSON.parse(body) as { messageId: string; from: string };
      const [ended, reason] = state === 4 ? [SENT_AT + 1, "not acked before it expired"] : [null, null];
      sql.exec(
        "INSERT INTO messages VALUES (?, ?, ?, ?, ?, 1, ?, ?, 1, 1, ?, ?, ?, ?, ?)",
        ...[index + 1, messageId, from, body, body.length, state, Math.min(attempts, 1), EXPIRES_AT, SENT_AT],
        ...[state === 0 ? 0 : SENT_AT, ended, reason],
      );
    }
  });
}

/** As the first start after 0.1 finds it. */
async function startAnew(): Promise<void> {
  await runInDurableObject(exchangeOf(env), (_, { storage }) => {
    storage.kv.delete("converted");
  });
  await crash();
}

it("takes over who exists, what waits, what was acked, what died, what the log held, and topics", async () => {
  const { a, b, c } = freshIds();
  const topic = "old/topic";
  const [waiting, given, expired, logged] = ["waiting", "given", "expired", "logged"].map((content) =>
    bodyFrom(a, b, content),
  ) as [string, string, string, string];
  const acked = { messageId: crypto.randomUUID(), digest: "0123456789abcdef" };
  const publication = bodyFrom(a, `topic:${topic}`, "published");
  await addInstances([a, b, c], { [c]: b });
  await addMail(b, [
    { body: given, state: 1 },
    { body: waiting, state: 0 },
    { body: expired, state: 4 },
  ]);
  await runInDurableObject(legacyMailboxOf(env, b), (_, { storage: { sql } }) => {
    const lines = [
      `[1,2,1,1,${SENT_AT},${SENT_AT},${SENT_AT + 5},0]`,
      `["${acked.messageId}",9,"${acked.digest}","${a}"]`,
    ];
    sql.exec("INSERT INTO archive VALUES (1, 9, ?, ?)", SENT_AT, lines.join("\n"));
  });
  await runInDurableObject(directoryOf(env), (_, { storage: { sql } }) => {
    sql.exec("INSERT INTO topics (name, created_at, created_by, auto_expire) VALUES (?, 1, ?, 1)", topic, a);
  });
  await runInDurableObject(legacyTopicOf(env, topic), (_, { storage: { sql } }) => {
    sql.exec(TOPIC_TABLES);
    sql.exec("INSERT INTO subscribers VALUES (?, 1)", b);
    sql.exec(
      "INSERT INTO publications (message_id, body, persistent, pending, published_at, expires_at) VALUES (?, ?, 1, ?, ?, ?)",
      ...[idOf(publication), publication, JSON.stringify([b]), SENT_AT, EXPIRES_AT],
    );
  });
  await exchangeOf(env).health();
  await runInDurableObject(exchangeOf(env), (_, { storage: { sql } }) => {
    const parcels = (body: string) => `[[${body.length}],[${EXPIRES_AT}]]\n${body}`;
    for (const body of [given, logged]) {
      sql.exec("INSERT INTO log (recipient, accepted_at, parcels) VALUES (?, ?, ?)", b, SENT_AT, parcels(body));
    }
  });
  await startAnew();

  const bob = await TestClient.connect(b);
  expect(bob.welcome).toMatchObject({ role: "reviewer", pending: 4 });
  expect(bob.welcome.topics).toContain(topic);
  await bob.untilDelivered(4);
  const attempts = new Map(bob.delivered.map(({ messageId, attempt }) => [messageId, attempt]));
  expect(attempts).toEqual(
    new Map([
      [idOf(given), 2],
      [idOf(waiting), 1],
      [idOf(logged), 1],
      [fanOutId(idOf(publication), b), 1],
    ]),
  );
  const alice = await TestClient.connect(a);
  expect(await alice.ask({ action: "status", messageId: acked.messageId })).toMatchObject({ state: "acked" });
  expect(await alice.message(b, "waiting", { messageId: idOf(waiting) })).toMatchObject({ duplicate: true });
  expect(await alice.message(c, "to the id it left")).toMatchObject({ to: b, queued: false });
  expect(await exchangeOf(env).deadLetters(10)).toMatchObject([{ messageId: idOf(expired), state: "expired" }]);
  expect(await exchangeOf(env).topicHistory(topic, 10, null)).toMatchObject({
    value: { items: [{ content: "published" }] },
  });
  await expect.poll(() => journalOf(env).message(idOf(logged))).toMatchObject({ content: "logged" });
});

it("starts over after a crash in between, and converts 10,000 messages, each once", async () => {
  const { a, b } = freshIds();
  await addInstances([a, b]);
  const bodies = Array.from({ length: 10_000 }, (_, i) => bodyFrom(a, b, String(i)));
  await addMail(
    b,
    bodies.map((body) => ({ body, state: 0 })),
  );
  await exchangeOf(env).health();
  await storeRows("DELETE FROM instances");
  await runInDurableObject(exchangeOf(env), (_, { storage: { sql } }) => {
    // What an interrupted run has left.
    sql.exec(
      `INSERT INTO instances (instance_id, version, is_online, epoch, connected_at, last_seen_at) VALUES (?, 2, 0, 1, 1, 1)`,
      a,
    );
    sql.exec(
      `INSERT INTO messages (message_id, sender, is_publication, body, bytes, accepted_at, expires_at) VALUES (?, ?, 0, '', 1, 1, 1)`,
      idOf(bodies[0] as string),
      a,
    );
  });
  await startAnew();
  await exchangeOf(env).health();
  const rows = await storeRows<{ body: string }>(
    `SELECT body FROM messages JOIN deliveries USING (position) JOIN instances ON number = owner
     WHERE instance_id = ? AND state = 0 ORDER BY position`,
    b,
  );
  expect(rows.map(({ body }) => body)).toEqual(bodies);
});
