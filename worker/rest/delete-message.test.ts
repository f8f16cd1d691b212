/** DELETE /api/messages/:id. */
import { describe, expect, it } from "vitest";
import type { DeadLetter } from "../../shared/rest.ts";
import { crash, eventually, freshIds } from "../../test/helpers/workerd/hub.ts";
import { call, mint, pathOf, problemWith } from "../../test/helpers/workerd/rest.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";

const statusOf = async (id: string) => (await call(`GET /api/messages/${id}`)).status;
const remove = (id: string, options = {}) => call(`DELETE /api/messages/${id}`, options);

/** A message that waits for somebody who is away. */
async function waiting(content: string) {
  const { a, b } = freshIds();
  const alice = await TestClient.connect(a);
  await (await TestClient.connect(b)).close();
  const { messageId } = await alice.message(b, content);
  await eventually(() => statusOf(messageId as string), 200);
  return { a, b, alice, id: messageId as string };
}

describe("DELETE /api/messages/:id", () => {
  it("takes a message out of its queue, tells its sender, and leaves it nowhere", async () => {
    const { b, alice, id } = await waiting("unwanted words");
    const kept = await alice.message(b, "kept");
    expect(await remove(id.toUpperCase())).toMatchObject({ status: 200, body: { deleted: true, messageId: id } });
    await alice.untilReceipt(id, "removed");
    await eventually(() => statusOf(id), 404);
    expect((await call("GET /api/messages?q=unwanted")).body).toMatchObject({ items: [] });
    const letters = (await call("GET /api/dead-letters")).body as DeadLetter[];
    expect(letters.filter((letter) => letter.messageId === id)).toEqual([]);
    const bob = await TestClient.connect(b);
    await bob.untilDelivered(1);
    expect([bob.contents, bob.delivered[0]?.messageId]).toEqual([["kept"], kept.messageId]);
  });

  it("[M3] is not undone by a sender that tries again, also after a crash", async () => {
    const { b, alice, id } = await waiting("once and never again");
    await remove(id);
    await eventually(() => statusOf(id), 404);
    expect(await alice.message(b, "once and never again", { messageId: id })).toMatchObject({ duplicate: true });
    await crash();
    const again = await TestClient.connect(alice.instanceId);
    expect(await again.message(b, "once and never again", { messageId: id })).toMatchObject({ duplicate: true });
    expect(await again.message(b, "something else", { messageId: id })).toMatchObject({ code: "conflict" });
    expect((await TestClient.connect(b)).welcome.pending).toBe(0);
    expect(await statusOf(id)).toBe(404);
  });

  it("takes a publication out of its topic, and from those who have not got it", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob, carol] = [await TestClient.connect(a), await TestClient.connect(b), await TestClient.connect(c)];
    const topic = "deleted/news";
    for (const client of [bob, carol]) await client.ask({ action: "subscribe_topic", topic });
    await carol.close();
    const publish = { action: "publish_topic", topic, type: "task", content: "news", persistent: true } as const;
    const id = (await alice.ask(publish)).messageId as string;
    await bob.untilDelivered(1);
    await bob.ackAll();
    await eventually(() => statusOf(id), 200);
    expect(await remove(id)).toMatchObject({ status: 200 });
    await eventually(() => statusOf(id), 404);
    expect((await call(`GET /api/topics/${pathOf(topic)}/messages`)).body).toMatchObject({ items: [] });
    expect((await TestClient.connect(c)).welcome.pending).toBe(0);
  });

  it("deletes a broadcast, which the store does not have", async () => {
    const { a } = freshIds();
    const alice = await TestClient.connect(a);
    const id = (await alice.ask({ action: "broadcast", type: "task", content: "to all" })).messageId as string;
    await eventually(() => statusOf(id), 200);
    expect(await remove(id)).toMatchObject({ status: 200 });
    await eventually(() => statusOf(id), 404);
  });

  it("[C8] is for admins, and for the keys of its sender and its recipient", async () => {
    const [alice, bob] = [freshIds(), freshIds()];
    const sender = await TestClient.connect(alice.a);
    await (await TestClient.connect(bob.a)).close();
    const [first, second] = await sender.messages(bob.a, ["first", "second"]);
    const forbidden = problemWith(403, "forbidden");
    for (const key of [
      await mint("observer"),
      await mint("member"),
      await mint("member", { pattern: freshIds().partial }),
    ]) {
      expect(await remove(first as string, { key: key.key })).toMatchObject(forbidden);
    }
    const alices = await mint("member", { pattern: alice.partial });
    const bobs = await mint("member", { pattern: bob.partial });
    expect(await remove(first as string, { key: alices.key })).toMatchObject({ status: 200 });
    expect(await remove(second as string, { key: bobs.key })).toMatchObject({ status: 200 });
  });

  it("[C8] takes no address for an instance: a pattern has neither broadcasts, topics nor the dashboard", async () => {
    const { a } = freshIds();
    const alice = await TestClient.connect(a);
    const sent = await alice.ask({ action: "broadcast", type: "task", content: "to all" });
    await call("POST /api/topics", { body: { name: "by/dashboard" } });
    const publication = { type: "task", content: "by rest" };
    const published = await call(`POST /api/topics/${pathOf("by/dashboard")}/publish`, { body: publication });
    const ids = [sent.messageId, (published.body as { messageId: string }).messageId] as string[];
    for (const id of ids) await eventually(() => statusOf(id), 200);
    const forbidden = problemWith(403, "forbidden");
    for (const pattern of ["b*", "d*", "*"]) {
      const { id: keyId, key } = await mint("member", { pattern });
      expect(await remove(ids[1] as string, { key })).toMatchObject(forbidden);
      expect(await call(`DELETE /api/topics/${pathOf("by/dashboard")}`, { key })).toMatchObject(forbidden);
      // Everybody's broadcasts are those of `*`.
      if (pattern !== "*") expect(await remove(ids[0] as string, { key })).toMatchObject(forbidden);
      // It would reserve ids of other tests.
      await call(`DELETE /api/keys/${keyId}`);
    }
    for (const id of ids) expect(await remove(id)).toMatchObject({ status: 200 });
  });

  it("refuses what there is none of", async () => {
    expect(await remove(crypto.randomUUID())).toMatchObject(problemWith(404, "not_found"));
    expect(await remove("x")).toMatchObject(problemWith(400, "invalid_payload"));
  });
});
