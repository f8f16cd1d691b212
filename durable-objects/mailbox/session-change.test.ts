/** Q8: an instance changes its id, with traffic before, during and after. */

import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import { crash, crashExchange, freshIds, queueRows } from "../../test/helpers/workerd/hub.ts";
import { secretOf, TestClient } from "../../test/helpers/workerd/test-client.ts";
import { exchangeOf } from "../env.ts";

const ID = "0193f2b0-0000-7000-8000-000000000002";

function changeTo(client: TestClient, newInstanceId: string, identity?: string) {
  return client.ask({ action: "session_update", newInstanceId, ...(identity === undefined ? {} : { identity }) });
}

function listed(instanceId: string) {
  return exchangeOf(env)
    .listInstances()
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

  it("[Q8] goes on under the new id after the exchange lost its memory", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await changeTo(bob, c);
    await crashExchange();
    await expect.poll(async () => (await alice.ask({ action: "ping", to: b })).online).toBe(true);
    expect(await alice.message(c, "after the crash")).toMatchObject({ queued: false });
    await bob.untilDelivered(1);
    expect(await bob.message(a, "and back")).toMatchObject({ queued: false });
    expect(bob.closed).toBeUndefined();
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
    expect(again.contents).toEqual([]);
    expect(again.welcome.pending).toBe(0);
  });

  it("[Q4] [Q8] a crash right behind a change: what the client acks under the old id does not come under the new one", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await alice.messages(b, ["one", "two"]);
    await bob.untilDelivered(2);
    await changeTo(bob, c);
    await crash();
    // The client missed the answer: it comes back under the id that it knows, acks, and asks again.
    const back = await TestClient.connect(b);
    await back.untilDelivered(2);
    expect(await back.ackAll()).toBe(2);
    expect(await changeTo(back, c)).toMatchObject({ instanceId: c });
    await back.sync();
    expect(back.contents).toEqual(["one", "two"]);
    expect((await queueRows(c)).filter(({ state }) => state < 2)).toEqual([]);
  });

  describe("[Q8] a change, a crash, and the client under the id that it had", () => {
    async function changed() {
      const { a, b, c } = freshIds();
      const topic = `t${crypto.randomUUID().slice(0, 8)}`;
      const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
      await bob.ask({ action: "subscribe_topic", topic });
      await bob.ask({ action: "set_role", role: "tester" });
      await changeTo(bob, c);
      const publish = async (from: TestClient, content: string) => {
        const reply = await from.ask({ action: "publish_topic", topic, type: "task", content, persistent: true });
        const { delivered, queued } = reply as { delivered?: number; queued?: number };
        return Number(delivered) + Number(queued);
      };
      return { a, b, c, topic, alice, bob, publish };
    }

    it("is taken back where the answer was lost: nothing is for both ids, and nothing comes twice", async () => {
      const { a, b, c, topic, publish } = await changed();
      await crash();
      const [alice, back] = [await TestClient.connect(a), await TestClient.connect(b)];
      expect(back.welcome).toMatchObject({ role: "tester", topics: expect.arrayContaining([topic]) });
      expect(await publish(alice, "once")).toBe(1);
      expect(await alice.message(c, "to the id that it asked for")).toMatchObject({ to: b, queued: false });
      await back.untilDelivered(2);
      expect(await changeTo(back, c)).toMatchObject({ instanceId: c, migrated: 2 });
      await back.untilDelivered(4);
      const ids = back.delivered.map(({ messageId }) => messageId);
      expect(new Set(ids).size).toBe(2);
      expect(await back.ackAll()).toBe(2);
      expect((await TestClient.connect(c, { identity: secretOf(b) })).welcome).toMatchObject({
        role: "tester",
        pending: 0,
      });
    });

    it("stands where the client has acked under the new id", async () => {
      const { a, b, c, topic, alice, bob, publish } = await changed();
      expect(await publish(alice, "read as the new id")).toBe(1);
      await bob.untilDelivered(1);
      await bob.ackAll();
      await crash();
      const [again, former] = [await TestClient.connect(a), await TestClient.connect(b)];
      expect(former.welcome.topics).not.toContain(topic);
      expect(await publish(again, "for the new id")).toBe(1);
      const back = await TestClient.connect(c, { identity: secretOf(b) });
      await back.untilDelivered(1);
      expect([former.contents, back.contents]).toEqual([[], ["for the new id"]]);
    });

    it("stands where the client was heard long after it", async () => {
      const clock = useClock();
      const { a, b, c, topic, bob, publish } = await changed();
      clock.advance(31_000);
      await bob.sync();
      await crash();
      const [alice, former] = [await TestClient.connect(a), await TestClient.connect(b)];
      expect(former.welcome.topics).not.toContain(topic);
      expect(await publish(alice, "for the new id")).toBe(1);
      expect((await TestClient.connect(c, { identity: secretOf(b) })).welcome).toMatchObject({ pending: 1 });
    });
  });

  it("[Q4] [Q8] an ack that is sent behind the change names what the old id was given, and is answered", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob, carol] = [
      await TestClient.connect(a),
      await TestClient.connect(b),
      await TestClient.connect(c, { identity: secretOf(b) }),
    ];
    await carol.close();
    // It waits under the new id, and has been given to nobody.
    await alice.message(c, "waits for the new id");
    await alice.messages(b, ["one", "two"]);
    await bob.untilDelivered(2);
    const [changed, acked] = await bob.askAll(
      { action: "session_update", newInstanceId: c },
      { action: "ack", upTo: bob.delivered[1]?.seq },
    );
    expect([changed?.instanceId, acked?.acked]).toEqual([c, 2]);
    await bob.untilDelivered(3);
    await bob.sync();
    expect(bob.contents).toEqual(["one", "two", "waits for the new id"]);
  });
});
