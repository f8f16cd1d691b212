/** Topics, roles and broadcasts, as clients see them. */

import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Result } from "../../shared/errors.ts";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import { ADMIN, crash, freshIds, runAlarm } from "../../test/helpers/workerd/hub.ts";
import { type Reply, TestClient } from "../../test/helpers/workerd/test-client.ts";
import { exchangeOf, journalOf } from "../env.ts";
import { fanOutId } from "../fan-out-id.ts";
import type { TopicPage } from "../rpc-types.ts";

/** An id that no other test uses: one names one message in the whole hub. */
let id = "";
beforeEach(() => {
  id = crypto.randomUUID();
});
const ALL_TOPICS = { after: null, limit: null, withSubscribers: false };
let lastTopic = 0;

function freshTopic(): string {
  return `team/t${++lastTopic}`;
}

async function historyOf(topic: string): Promise<string[]> {
  const page = (await exchangeOf(env).topicHistory(topic, 10, null)) as Result<TopicPage>;
  return page.ok ? page.value.items.map((item) => item.content) : [];
}

function topicsOf(client: TestClient): string[] {
  const sync = client.frames.findLast((frame) => frame.action === "subscriptions:sync");
  return (sync?.topics ?? client.welcome.topics) as string[];
}

async function subscribed(topic: string, ...clients: TestClient[]): Promise<void> {
  for (const client of clients) await client.ask({ action: "subscribe_topic", topic });
}

function publish(
  client: TestClient,
  topic: string,
  content: string,
  more: object = {},
): Promise<Reply & { delivered?: number }> {
  return client.ask({ action: "publish_topic", topic, type: "task", content, ...more });
}

describe("topics", () => {
  it("[A5] puts every session into its project's topic, which cannot be left", async () => {
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    const project = a.slice(a.indexOf(":") + 1, a.lastIndexOf("/"));
    expect(client.welcome.topics).toEqual([project]);
    expect(await client.ask({ action: "unsubscribe_topic", topic: project })).toMatchObject({ code: "project_topic" });
    expect(await exchangeOf(env).subscribers(project)).toMatchObject({ value: [a] });
  });

  it("[A5] leaves any other topic, and does not hear it afterwards", async () => {
    const [topic, { a, b }] = [freshTopic(), freshIds()];
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await subscribed(topic, bob);
    expect(await publish(alice, topic, "heard")).toMatchObject({ delivered: 1 });
    expect(await bob.ask({ action: "unsubscribe_topic", topic })).toMatchObject({ topic, unsubscribed: true });
    expect(await publish(alice, topic, "not heard")).toMatchObject({ delivered: 0 });
    await bob.sync();
    expect(bob.contents).toEqual(["heard"]);
  });

  it("[E5] creates a topic by subscribing, keeps it over a reconnect, and refuses unknown names with the nearest", async () => {
    const [topic, { a, b }] = [freshTopic(), freshIds()];
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    expect(await bob.ask({ action: "subscribe_topic", topic })).toMatchObject({ topic, subscribed: true });
    await bob.close();
    expect((await TestClient.connect(b)).welcome.topics).toContain(topic);
    const refused = await publish(alice, `${topic}x`, "lost?");
    expect(refused).toMatchObject({ code: "unknown_topic" });
    expect(refused.details?.nearest).toContain(topic);
    expect((await exchangeOf(env).listTopics(ALL_TOPICS)).map((known) => known.name)).not.toContain(`${topic}x`);
  });

  it("[Q6] gives the publisher receipts of each copy, however it ends", async () => {
    const [topic, { a, b, c }] = [freshTopic(), freshIds()];
    const [alice, bob, carol] = [await TestClient.connect(a), await TestClient.connect(b), await TestClient.connect(c)];
    await subscribed(topic, bob, carol);
    await carol.close();
    await publish(alice, topic, "kept", { persistent: true, messageId: id });
    await bob.untilDelivered(1);
    await bob.ackAll();
    await exchangeOf(env).flushQueue(c, ADMIN);
    await alice.untilReceipt(fanOutId(id, c), "removed");
    await alice.untilReceipt(fanOutId(id, b), "acked");
    const told = (instanceId: string) =>
      alice.receipts
        .filter((receipt) => receipt.instanceId === instanceId)
        .map(({ messageId, state }) => [messageId, state]);
    expect(told(b)).toEqual([
      [fanOutId(id, b), "delivered"],
      [fanOutId(id, b), "acked"],
    ]);
    expect(told(c)).toEqual([[fanOutId(id, c), "removed"]]);
  });

  it("[Q9] queues a persistent publication for whoever is away; a live one for nobody; both are in the history", async () => {
    const [topic, { a, b, c }] = [freshTopic(), freshIds()];
    const [alice, bob, carol] = [await TestClient.connect(a), await TestClient.connect(b), await TestClient.connect(c)];
    await subscribed(topic, alice, bob, carol);
    await carol.close();
    expect(await publish(alice, topic, "live", { messageId: id })).toMatchObject({
      delivered: 1,
      queued: 0,
      messageId: id,
    });
    expect(await publish(alice, topic, "kept", { persistent: true })).toMatchObject({ delivered: 1, queued: 1 });
    await bob.untilDelivered(2);
    expect(bob.delivered).toMatchObject([
      { content: "live", topicName: topic, to: `topic:${topic}`, from: a, messageId: fanOutId(id, b) },
      { content: "kept", topicName: topic, attempt: 1 },
    ]);
    expect(bob.delivered[0]).not.toHaveProperty("seq");
    const back = await TestClient.connect(c);
    await back.untilDelivered(1);
    await back.sync();
    expect(back.contents).toEqual(["kept"]);
    await alice.sync();
    expect(alice.contents).toEqual([]);
    expect(await historyOf(topic)).toEqual(["kept", "live"]);
  });

  it("[Q6] gives a publication the time to live that its sender asked for", async () => {
    const clock = useClock();
    const [topic, { a, b }] = [freshTopic(), freshIds()];
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await subscribed(topic, bob);
    await bob.close();
    await alice.message(`topic:${topic}`, "short", { persistent: true, ttlSeconds: 60 });
    await alice.message(`topic:${topic}`, "long", { persistent: true });
    clock.advance(61_000);
    const back = await TestClient.connect(b);
    await back.untilDelivered(1);
    expect(back.contents).toEqual(["long"]);
  });

  it("[M3] answers the same publication again and delivers it once; the same id for another one is a conflict", async () => {
    const [topic, { a, b }] = [freshTopic(), freshIds()];
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await subscribed(topic, bob);
    const twice = { persistent: true, messageId: id };
    expect(await publish(alice, topic, "once", twice)).toMatchObject({ delivered: 1 });
    expect(await publish(alice, topic, "once", twice)).toMatchObject({ delivered: 1, duplicate: true });
    expect(await publish(alice, topic, "other", twice)).toMatchObject({ code: "conflict" });
    await bob.untilDelivered(1);
    await bob.sync();
    expect(bob.contents).toEqual(["once"]);
  });

  it("[M3] knows a publisher again that changed its session, and nobody else", async () => {
    const [topic, { a, b }] = [freshTopic(), freshIds()];
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await subscribed(topic, bob);
    const twice = { persistent: true, messageId: id };
    await publish(alice, topic, "once", twice);
    await alice.ask({ action: "session_update", newInstanceId: `${a}-next` });
    expect(await publish(alice, topic, "once", twice)).toMatchObject({ delivered: 1, duplicate: true });
    const stranger = await TestClient.connect(a.replace(":", ".other:"));
    expect(await publish(stranger, topic, "once", twice)).toMatchObject({ code: "conflict" });
  });

  it("[Q9] [M3] a publication that was answered is whole after a crash: queued, in the history, and a repeat of itself", async () => {
    const [topic, { a, b }] = [freshTopic(), freshIds()];
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await subscribed(topic, bob);
    await bob.close();
    await publish(alice, topic, "kept", { persistent: true, messageId: id });
    await crash();
    const again = await TestClient.connect(a);
    expect(await publish(again, topic, "kept", { persistent: true, messageId: id })).toMatchObject({ duplicate: true });
    expect(await historyOf(topic)).toEqual(["kept"]);
    const back = await TestClient.connect(b);
    await back.untilDelivered(1);
    await back.sync();
    expect(back.contents).toEqual(["kept"]);
    await expect.poll(() => journalOf(env).message(id)).toMatchObject({ messageId: id });
  });

  it("[Q2] keeps the order of publications in one text, whatever their topics", async () => {
    const [one, two, { a, b }] = [freshTopic(), freshTopic(), freshIds()];
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await subscribed(one, bob);
    await subscribed(two, bob);
    const contents = Array.from({ length: 20 }, (_, i) => `${i}`);
    await alice.askAll(
      ...contents.map((content, i) => {
        const topic = i % 3 === 0 ? one : two;
        return { action: "publish_topic", topic, type: "task", content, persistent: true } as const;
      }),
    );
    await bob.untilDelivered(contents.length);
    expect(bob.contents).toEqual(contents);
  });

  it("lets an empty topic go after its time, but no project's and none with subscribers", async () => {
    const clock = useClock();
    const [empty, used, { a, b }] = [freshTopic(), freshTopic(), freshIds()];
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await subscribed(empty, alice);
    await subscribed(used, alice, bob);
    await alice.ask({ action: "unsubscribe_topic", topic: empty });
    await alice.ask({ action: "unsubscribe_topic", topic: used });
    clock.advance(3_600_001);
    await runAlarm();
    const names = (await exchangeOf(env).listTopics(ALL_TOPICS)).map((topic) => topic.name);
    expect(names).not.toContain(empty);
    expect(names).toContain(used);
  });

  it("tells a client of a subscription made elsewhere, and not of its own", async () => {
    const [topic, { a }] = [freshTopic(), freshIds()];
    const alice = await TestClient.connect(a);
    await subscribed(topic, alice);
    await alice.sync();
    expect(alice.frames.some((frame) => frame.action === "subscriptions:sync")).toBe(false);
    await exchangeOf(env).unsubscribe(topic, a);
    await alice.frame((frame) => frame.action === "subscriptions:sync", "subscriptions:sync");
    expect(topicsOf(alice)).not.toContain(topic);
  });

  it("[C5] serves a v1 client: bare envelopes, and subscriptions after it connects", async () => {
    const [topic, { a, b }] = [freshTopic(), freshIds()];
    const alice = await TestClient.connect(a);
    const bob = await TestClient.connect(b, { version: 1 });
    await subscribed(topic, bob);
    await publish(alice, topic, "for v1", { persistent: true });
    await bob.untilDelivered(1);
    expect(bob.delivered[0]).toMatchObject({ content: "for v1", topicName: topic });
    await bob.close();
    const back = await TestClient.connect(b, { version: 1 });
    expect(topicsOf(back)).toContain(topic);
  });
});

describe("roles", () => {
  it("[E3] sends to everyone with the role but the sender, an envelope each, offline ones queued", async () => {
    const { a, b, c } = freshIds();
    const role = `team/reviewer-${a.length}-${lastTopic}`;
    const [alice, bob, carol] = [await TestClient.connect(a), await TestClient.connect(b), await TestClient.connect(c)];
    for (const client of [alice, bob, carol]) {
      expect(await client.ask({ action: "set_role", role })).toMatchObject({ instanceId: client.instanceId, role });
    }
    await carol.close();
    const reply = await alice.message(`role:${role}`, "review this", { messageId: id });
    expect(reply).toMatchObject({
      role,
      recipients: [b, c],
      delivered: 1,
      queued: 1,
      messages: [
        { instanceId: b, messageId: fanOutId(id, b), queued: false },
        { instanceId: c, messageId: fanOutId(id, c), queued: true },
      ],
    });
    await bob.untilDelivered(1);
    expect(bob.delivered[0]).toMatchObject({ to: b, role, from: a, fromRole: role });
    const back = await TestClient.connect(c);
    await back.untilDelivered(1);
    expect(back.welcome.role).toBe(role);
    expect(await back.ask({ action: "set_role", role: "" })).toMatchObject({ role: "" });
    expect(await alice.message(`role:${role}`, "again")).toMatchObject({ recipients: [b] });
  });

  it("[E3] says so when nobody else has the role", async () => {
    const alice = await TestClient.connect(freshIds().a);
    await alice.ask({ action: "set_role", role: "only/me" });
    expect(await alice.message("role:only/me", "anyone?")).toMatchObject({ code: "not_found" });
  });
});

describe("broadcast", () => {
  it("[E3] reaches who is online but the sender, and is queued for nobody", async () => {
    const { a, b, c } = freshIds();
    const [alice, bob, carol] = [await TestClient.connect(a), await TestClient.connect(b), await TestClient.connect(c)];
    await carol.close();
    expect(await alice.message("broadcast", "to all")).toHaveProperty("delivered");
    await bob.untilDelivered(1);
    expect(bob.delivered[0]).toMatchObject({ to: "broadcast", content: "to all", from: a });
    const back = await TestClient.connect(c);
    expect(await alice.ask({ action: "broadcast", type: "task", content: "to all again" })).toHaveProperty("messageId");
    await back.untilDelivered(1);
    await alice.sync();
    expect([alice.contents, back.contents]).toEqual([[], ["to all again"]]);
  });
});
