/** Q8: an instance changes its id, with traffic before, during and after. */

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { crash, evict, freshIds, runAlarm } from "../../test/helpers/workerd/hub.ts";
import { secretOf, TestClient } from "../../test/helpers/workerd/test-client.ts";
import { directoryOf, mailboxOf } from "../env.ts";

const ID = "0193f2b0-0000-7000-8000-000000000002";

function changeTo(client: TestClient, newInstanceId: string, identity?: string) {
  return client.ask({ action: "session_update", newInstanceId, ...(identity === undefined ? {} : { identity }) });
}

function listed(instanceId: string) {
  return directoryOf(env)
    .list()
    .then((instances) => instances.find((instance) => instance.instanceId === instanceId));
}

describe("session_update", () => {
  it("[Q8] [Q3] moves what is not acked, in order, one attempt more, and goes on on the same socket", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await alice.messages(b, ["acked", "one", "two"]);
    await bob.untilDelivered(3);
    await bob.ask({ action: "ack", upTo: bob.delivered[0]?.seq ?? 0 });
    expect(await changeTo(bob, c)).toMatchObject({ migrated: 2, instanceId: c });
    await bob.untilDelivered(5);
    expect(bob.delivered.slice(3)).toMatchObject([
      { content: "one", attempt: 2, seq: 1, to: c },
      { content: "two", attempt: 2, seq: 2, to: c },
    ]);
    await alice.message(c, "to the new id");
    await bob.untilDelivered(6);
    expect(await bob.ackAll()).toBe(3);
    expect(await bob.message(a, "from the new id")).toMatchObject({ queued: false });
    await alice.untilDelivered(1);
    expect(alice.delivered[0]).toMatchObject({ from: c });
  });

  it("[A4] forwards from the old ids for good, and chains collapse", async () => {
    const { a, b, c, partial } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await changeTo(bob, c);
    await changeTo(bob, `${partial}/d`);
    expect(await alice.message(b, "first id")).toMatchObject({ to: `${partial}/d`, queued: false });
    expect(await alice.message(c, "second id")).toMatchObject({ to: `${partial}/d` });
    await bob.untilDelivered(2);
    expect(bob.delivered.map((message) => message.to)).toEqual([`${partial}/d`, `${partial}/d`]);
    expect(await directoryOf(env).recipientsOf([b, c])).toEqual([`${partial}/d`, `${partial}/d`]);
  });

  it("[Q2] [A4] keeps the order of what goes to the old id and to the new one in one text", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await alice.message(b, "the hub knows the old id");
    await changeTo(bob, c);
    const contents = ["1", "2", "3", "4"];
    await alice.askAll(
      ...contents.map((content, i) => ({ action: "send_message", type: "task", to: i % 2 ? c : b, content }) as const),
    );
    await bob.until(() => bob.contents.includes("4") && bob.contents.includes("3"), "all");
    expect(bob.contents.slice(-4)).toEqual(contents);
  });

  it("[Q8] keeps role, topics and presence, and lists the new id only", async () => {
    const { a, b } = freshIds();
    const alice = await TestClient.connect(a);
    await alice.ask({ action: "set_role", role: "keeper" });
    await alice.ask({ action: "subscribe_topic", topic: "kept/topic" });
    await changeTo(alice, b);
    expect(await listed(a)).toBeUndefined();
    expect(await listed(b)).toMatchObject({ status: "online", role: "keeper" });
    expect((await listed(b))?.topics).toContain("kept/topic");
    await alice.close();
    await expect.poll(async () => (await listed(b))?.status).toBe("offline");
  });

  it("[Q8] leaves a publication its topic, moved or on its way to the old id", async () => {
    const { a, b, c } = freshIds();
    const [topic, alice, bob] = ["moved/topic", await TestClient.connect(a), await TestClient.connect(b)];
    await bob.ask({ action: "subscribe_topic", topic });
    const published = { action: "publish_topic", topic, type: "task", persistent: true } as const;
    await alice.ask({ ...published, content: "before" });
    const [, reply] = await Promise.all([changeTo(bob, c), alice.ask({ ...published, content: "meanwhile" })]);
    expect(reply).toMatchObject({ delivered: 1, queued: 0 });
    await bob.until(() => bob.contents.includes("meanwhile"), "what was published meanwhile");
    await bob.sync();
    for (const message of bob.delivered) expect(message).toMatchObject({ to: `topic:${topic}`, topicName: topic });
  });

  it("[C8] carries the secret over: the new id is held by it", async () => {
    const { a, b } = freshIds();
    const alice = await TestClient.connect(a);
    await changeTo(alice, b);
    await alice.close();
    await expect(TestClient.connect(b, { identity: secretOf("someone else entirely") })).rejects.toThrow("409");
    expect((await TestClient.connect(b, { identity: secretOf(a) })).welcome.instanceId).toBe(b);
  });

  it("[C8] refuses an id that another secret holds, and leaves everything as it was", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    expect(await changeTo(alice, b)).toMatchObject({ code: "identity_taken" });
    expect(await changeTo(alice, b, secretOf(b))).toMatchObject({ instanceId: b });
    await bob.untilClosed();
    expect(bob.closed?.code).toBe(4001);
    const carol = await TestClient.connect(c);
    expect(await carol.message(b, "now alice's")).toMatchObject({ queued: false });
    await alice.untilDelivered(1);
  });

  it("[C9] revives a retired id: changing back ends its forwarding and turns it round", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await changeTo(bob, c);
    await changeTo(bob, b);
    expect(await alice.message(c, "to the id it left")).toMatchObject({ to: b, queued: false });
    expect(await alice.message(b, "to the first id")).toMatchObject({ to: b, queued: false });
    await bob.untilDelivered(2);
    expect(bob.contents).toEqual(["to the id it left", "to the first id"]);
  });

  it("[C9] connecting as a retired id that one holds revives it", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await changeTo(bob, c);
    await bob.close();
    const back = await TestClient.connect(b);
    expect(await alice.message(b, "to the first id")).toMatchObject({ to: b, queued: false });
    await back.untilDelivered(1);
  });

  it("[M3] a retry over the change is answered, not delivered again", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await alice.message(b, "acked before", { messageId: ID });
    await bob.untilDelivered(1);
    await bob.ackAll();
    await changeTo(bob, c);
    expect(await alice.message(b, "acked before", { messageId: ID })).toMatchObject({ duplicate: true });
    expect(await alice.message(c, "acked before", { messageId: ID })).toMatchObject({ duplicate: true });
    expect(await alice.message(c, "something else", { messageId: ID })).toMatchObject({ code: "conflict" });
    await bob.sync();
    expect(bob.contents).toEqual(["acked before"]);
  });

  it("[Q8] answers status and receipts for what was sent under the old id", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    const { messageId = "" } = await alice.message(b, "sent before");
    await bob.untilDelivered(1);
    await changeTo(alice, c);
    await bob.ackAll();
    await alice.untilReceipt(messageId, "acked");
    expect(await alice.ask({ action: "status", messageId })).toMatchObject({ state: "acked" });
  });

  it("[Q8] frames sent right behind it are the new id's", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    const [changed, sent] = await alice.askAll(
      { action: "session_update", newInstanceId: c },
      { action: "send_message", type: "task", to: b, content: "behind" },
    );
    expect([changed?.instanceId, sent?.queued]).toEqual([c, false]);
    await bob.untilDelivered(1);
    expect(bob.delivered[0]?.from).toBe(c);
  });

  it("[Q8] hears what is sent right after the answer, however often the id changes on one socket", async () => {
    const { a, b, partial } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    const said: string[] = [];
    for (const session of ["c", "d", "b", "e", "c"]) {
      await changeTo(bob, `${partial}/${session}`);
      const replies = await Promise.all([1, 2, 3].map((i) => bob.message(a, `${said.push(session)} ${i}`)));
      expect(replies).toMatchObject([{ queued: false }, { queued: false }, { queued: false }]);
    }
    await alice.untilDelivered(15);
    expect(alice.contents.map((content) => Number.parseInt(content, 10))).toEqual(said.map((_, i) => i + 1));
  });

  it("[Q8] goes on after both mailboxes lost their memory", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await changeTo(bob, c);
    await evict(b);
    await evict(c);
    expect(await alice.message(c, "after eviction")).toMatchObject({ queued: false });
    await bob.untilDelivered(1);
    await evict(b);
    await evict(c);
    expect(await bob.message(a, "and back")).toMatchObject({ queued: false });
  });

  it("serves a v1 client the same", async () => {
    const { a, b, c } = freshIds();
    const alice = await TestClient.connect(a);
    const bob = await TestClient.connect(b, { version: 1 });
    expect(await changeTo(bob, c)).toMatchObject({ migrated: 0, instanceId: c });
    expect(await alice.message(b, "to the old id")).toMatchObject({ to: c, queued: false });
    await bob.untilDelivered(1);
    expect(bob.delivered[0]).not.toHaveProperty("seq");
  });

  it("[Q4] [Q8] brings nothing back after a crash that was acked before or after a change, or before a change back", async () => {
    const { a, b, c, partial } = freshIds();
    const [d, alice, bob] = [`${partial}/d`, await TestClient.connect(a), await TestClient.connect(b)];
    await alice.messages(b, ["acked before", "acked after"]);
    await bob.untilDelivered(2);
    await bob.ask({ action: "ack", upTo: bob.delivered[0]?.seq ?? 0 });
    await changeTo(bob, c);
    await bob.untilDelivered(3);
    await bob.ackAll();
    await crash();
    const back = await TestClient.connect(c, { identity: secretOf(b) });
    await alice.onClosed;
    await (await TestClient.connect(a)).message(c, "new");
    await back.untilDelivered(1);
    expect(back.contents).toEqual(["new"]);
    await back.ackAll();
    await changeTo(back, d);
    await changeTo(back, b);
    await crash();
    const again = await TestClient.connect(b);
    await again.sync();
    await runAlarm(c);
    await again.sync();
    expect(again.contents).toEqual([]);
    expect(again.welcome.pending).toBe(0);
  });

  it.each(["begun", "adopted", "retired"])("[Q8] resumes after a crash when it was %s", async (step) => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await bob.close();
    await alice.messages(b, ["one", "two"]);
    await interruptedAt(step, b, c);
    await crash();
    await runAlarm(b);
    expect(await directoryOf(env).recipientsOf([b])).toEqual([c]);
    const back = await TestClient.connect(c, { identity: secretOf(b) });
    await back.untilDelivered(2);
    await back.sync();
    expect(back.contents).toEqual(["one", "two"]);
    const carol = await TestClient.connect(a);
    expect(await carol.message(b, "three")).toMatchObject({ to: c, queued: false });
  });
});

it.each(["begun", "adopted", "retired"])(
  "[Q8] [C9] a client that came back as the old id goes along when a change resumes that was %s",
  async (step) => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await bob.close();
    await alice.message(b, "one");
    await interruptedAt(step, b, c);
    await crash();
    const [back, sender] = [await TestClient.connect(b), await TestClient.connect(a)];
    await runAlarm(b);
    for (const to of [b, c]) expect(await sender.message(to, `to ${to}`)).toMatchObject({ to: c, queued: false });
    await back.until(() => back.contents.includes(`to ${c}`), "what was sent after the change");
    await back.sync();
    expect([...new Set(back.contents)]).toEqual(["one", `to ${b}`, `to ${c}`]);
    expect(await changeTo(back, c)).toMatchObject({ migrated: 0, instanceId: c });
  },
);

/** Leaves both mailboxes and the directory as a crash between two steps of a change from `from` to `to` does. */
async function interruptedAt(step: string, from: string, to: string): Promise<void> {
  const move = { from, to, identityHash: null, version: 2 };
  await directoryOf(env).beginMove(from, to, null, 2, Date.now());
  await runInDurableObject(mailboxOf(env, from), (_, { storage }) => storage.kv.put("move", move));
  if (step === "begun") return;
  const rows = await runInDurableObject(mailboxOf(env, from), (_, { storage }) =>
    storage.sql
      .exec<{ messageId: string; body: string; bytes: number; expiresAt: number }>(
        "SELECT message_id AS messageId, body, bytes, expires_at AS expiresAt FROM messages ORDER BY seq",
      )
      .toArray(),
  );
  const moved = rows.map((row) => ({ ...row, attempts: 0, queuedAt: 1, deliveredAt: 0 }));
  await mailboxOf(env, to).adopt(to, moved, [{ id: from, highestId: "" }]);
  if (step === "retired") await directoryOf(env).finishMove(from, to, false, moved.length, Date.now());
}
