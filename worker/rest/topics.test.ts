import { describe, expect, it } from "vitest";
import { TOPICS_MAX } from "../../shared/limits.ts";
import type { Topic } from "../../shared/rest.ts";
import { freshIds } from "../../test/helpers/workerd/hub.ts";
import { call, mint, pathOf, problemWith } from "../../test/helpers/workerd/rest.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";

let last = 0;
/** A name nobody has used, with the `/` that a path must encode. */
const freshTopic = () => `rest/t${++last}`;
const pathTo = (topic: string, rest = "") => `/api/topics/${pathOf(topic)}${rest}` as const;

async function listed(name: string, query = ""): Promise<Topic | undefined> {
  // From shortly before it on: the hub has other tests' topics, too, and a page has an end.
  const page = `${query === "" ? "?" : `${query}&`}after=${encodeURIComponent(name.slice(0, -1))}`;
  return ((await call(`GET /api/topics${page}`)).body as Topic[]).find((topic) => topic.name === name);
}

describe("POST /api/topics", () => {
  it("creates once: 201, then 200", async () => {
    const name = freshTopic();
    expect(await call("POST /api/topics", { body: { name, autoExpire: false } })).toMatchObject({
      status: 201,
      body: { name, createdBy: "dashboard", subscriberCount: 0, autoExpire: false },
    });
    expect(await call("POST /api/topics", { body: { name } })).toMatchObject({ status: 200, body: { name } });
    expect(await listed(name)).toMatchObject({ name, autoExpire: false });
  });

  it.each(["Upper", "a//b", "/a", "a b", "a/b/c/d/e", ""])("[A5] refuses the name %o", async (name) => {
    expect(await call("POST /api/topics", { body: { name } })).toMatchObject(problemWith(400, "invalid_payload"));
  });
});

describe("DELETE /api/topics/:name", () => {
  it("deletes a topic that nobody is in", async () => {
    const name = freshTopic();
    await call("POST /api/topics", { body: { name } });
    expect(await call(`DELETE ${pathTo(name)}`)).toMatchObject({ status: 200, body: { deleted: true, name } });
    expect(await listed(name)).toBeUndefined();
  });

  it("refuses while anybody is, with the count", async () => {
    const [name, { a }] = [freshTopic(), freshIds()];
    const alice = await TestClient.connect(a);
    await alice.ask({ action: "subscribe_topic", topic: name });
    const refused = await call(`DELETE ${pathTo(name)}`);
    expect(refused).toMatchObject(problemWith(409, "conflict"));
    expect(refused.body).toMatchObject({ subscriberCount: 1 });
  });

  it("[E5] does not know a name that is close to another, and names that one", async () => {
    const name = freshTopic();
    await call("POST /api/topics", { body: { name } });
    const refused = await call(`DELETE ${pathTo(`${name}x`)}`);
    expect(refused).toMatchObject(problemWith(404, "unknown_topic"));
    expect((refused.body as { nearest: string[] }).nearest).toContain(name);
  });
});

describe("subscribers", () => {
  it("come and go, and a live client hears of it", async () => {
    const [name, { a }] = [freshTopic(), freshIds()];
    const alice = await TestClient.connect(a);
    const body = { instanceId: a };
    expect(await call(`POST ${pathTo(name, "/subscribe")}`, { body })).toMatchObject({
      status: 200,
      body: { subscribed: true, topic: name },
    });
    await alice.frame((frame) => (frame.topics as string[] | undefined)?.includes(name) === true, "the new topic");
    expect((await call(`GET ${pathTo(name, "/subscribers")}`)).body).toEqual([a]);
    expect(await listed(name, "?includeSubscribers=true")).toMatchObject({ subscriberCount: 1, subscribers: [a] });
    expect(await listed(name)).not.toHaveProperty("subscribers");
    expect(await call(`POST ${pathTo(name, "/unsubscribe")}`, { body })).toMatchObject({
      status: 200,
      body: { unsubscribed: true, topic: name },
    });
    expect((await call(`GET ${pathTo(name, "/subscribers")}`)).body).toEqual([]);
  });

  it("must be instances that the hub knows", async () => {
    const [name, { a }] = [freshTopic(), freshIds()];
    expect(await call(`POST ${pathTo(name, "/subscribe")}`, { body: { instanceId: a } })).toMatchObject(
      problemWith(404, "unknown_instance"),
    );
    expect(await listed(name)).toBeUndefined();
    expect(await call(`POST ${pathTo(name, "/subscribe")}`, { body: {} })).toMatchObject(
      problemWith(400, "invalid_payload"),
    );
  });

  it("[A5] cannot leave the topic of their project while they are online", async () => {
    const { a } = freshIds();
    const project = a.slice(a.indexOf(":") + 1, a.indexOf("/"));
    const alice = await TestClient.connect(a);
    const leave = () => call(`POST ${pathTo(project, "/unsubscribe")}`, { body: { instanceId: a } });
    expect(await leave()).toMatchObject(problemWith(400, "project_topic"));
    await alice.close();
    await expect.poll(async () => (await leave()).status, { interval: 5 }).toBe(200);
  });

  it("[E5] are of topics that exist", async () => {
    expect(await call(`GET ${pathTo("nowhere", "/subscribers")}`)).toMatchObject(problemWith(404, "unknown_topic"));
  });
});

describe("[C8] what belongs to others", () => {
  it("is not unsubscribed, subscribed or deleted by a member", async () => {
    const [name, { a, partial }] = [freshTopic(), freshIds()];
    const [member, alices, bobs] = [
      await mint("member"),
      await mint("member", { pattern: partial }),
      await mint("member", { pattern: freshIds().partial }),
    ];
    const alice = await TestClient.connect(a);
    await alice.ask({ action: "subscribe_topic", topic: name });
    await alice.close();
    const body = { instanceId: a };
    const forbidden = problemWith(403, "forbidden");
    for (const { key } of [member, bobs]) {
      expect(await call(`POST ${pathTo(name, "/unsubscribe")}`, { key, body })).toMatchObject(forbidden);
      expect(await call(`POST ${pathTo(freshTopic(), "/subscribe")}`, { key, body })).toMatchObject(forbidden);
      expect(await call(`DELETE ${pathTo(name)}`, { key })).toMatchObject(forbidden);
    }
    const publication = { type: "task", content: "x", persistent: true };
    expect(await call(`POST ${pathTo(name, "/publish")}`, { body: publication })).toMatchObject({
      body: { queued: 1 },
    });
    const { key } = alices;
    expect(await call(`POST ${pathTo(name, "/unsubscribe")}`, { key, body })).toMatchObject({ status: 200 });
    // Alice made it by subscribing.
    expect(await call(`DELETE ${pathTo(name)}`, { key: member.key })).toMatchObject(forbidden);
    expect(await call(`DELETE ${pathTo(name)}`, { key })).toMatchObject({ status: 200 });
  });
});

describe("GET /api/topics", () => {
  it("gives subscribers of so many topics a page, and goes on behind a name", async () => {
    const { a } = freshIds();
    const alice = await TestClient.connect(a);
    const names = Array.from({ length: TOPICS_MAX + 5 }, (_, n) => `pages/${String(n).padStart(4, "0")}`);
    await alice.askAll(...names.map((topic) => ({ action: "subscribe_topic", topic }) as const));
    const page = async (query: string) =>
      (await call(`GET /api/topics?includeSubscribers=true&${query}`)).body as Topic[];
    expect(await page("")).toHaveLength(TOPICS_MAX);
    const rest = await page(`after=${pathOf(names[TOPICS_MAX - 1] as string)}&limit=3`);
    expect(rest.map(({ name, subscribers }) => [name, subscribers])).toEqual(
      names.slice(TOPICS_MAX, TOPICS_MAX + 3).map((name) => [name, [a]]),
    );
    expect(((await call("GET /api/topics")).body as Topic[]).length).toBeGreaterThan(TOPICS_MAX);
    expect(await call(`GET /api/topics?limit=${TOPICS_MAX + 1}`)).toMatchObject(problemWith(400, "invalid_payload"));
  });
});

describe("POST /api/topics/:name/publish", () => {
  it("[M1, Q9] reaches subscribers as `dashboard`, and waits for those who are away if it is persistent", async () => {
    const [name, { a, b }] = [freshTopic(), freshIds()];
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    for (const client of [alice, bob]) await client.ask({ action: "subscribe_topic", topic: name });
    await bob.close();
    await expect.poll(async () => (await call(`GET /api/ping/${pathOf(b)}`)).body).toMatchObject({ online: false });
    const body = { type: "task", content: "hello", persistent: true, from: "mallory@h:p/s", metadata: { k: 1 } };
    const answer = await call(`POST ${pathTo(name, "/publish")}`, { body });
    expect(answer).toMatchObject({ status: 200, body: { delivered: 1, queued: 1, messageId: expect.any(String) } });
    await alice.untilDelivered(1);
    expect(alice.delivered[0]).toMatchObject({
      from: "dashboard",
      content: "hello",
      topicName: name,
      metadata: { k: 1 },
    });
    expect((await TestClient.connect(b)).welcome.pending).toBe(1);
  });

  it("[E5] refuses unknown topics", async () => {
    const body = { type: "task", content: "x" };
    expect(await call(`POST ${pathTo("nowhere", "/publish")}`, { body })).toMatchObject(
      problemWith(404, "unknown_topic"),
    );
  });

  it("[M2] refuses what no message may be", async () => {
    const name = freshTopic();
    await call("POST /api/topics", { body: { name } });
    const publish = (body: unknown) => call(`POST ${pathTo(name, "/publish")}`, { body });
    expect(await publish({ type: "order", content: "x" })).toMatchObject(problemWith(400, "invalid_payload"));
    expect(await publish({ type: "task", content: "" })).toMatchObject(problemWith(400, "invalid_payload"));
    expect(await publish({ type: "task", content: "é".repeat(32_769) })).toMatchObject(
      problemWith(413, "content_too_large"),
    );
    expect((await publish({ type: "task", content: "é".repeat(32_768) })).status).toBe(200);
  });
});

describe("GET /api/topics/:name/messages", () => {
  it("pages through history, newest first", async () => {
    const name = freshTopic();
    await call("POST /api/topics", { body: { name } });
    for (const content of ["one", "two", "three"]) {
      await call(`POST ${pathTo(name, "/publish")}`, { body: { type: "task", content } });
    }
    type Page = { items: { content: string }[]; nextCursor?: string };
    const first = (await call(`GET ${pathTo(name, "/messages?limit=2")}`)).body as Page;
    expect(first.items.map((item) => item.content)).toEqual(["three", "two"]);
    const second = (await call(`GET ${pathTo(name, `/messages?limit=2&cursor=${first.nextCursor}`)}`)).body as Page;
    expect(second.items.map((item) => item.content)).toEqual(["one"]);
    expect(second).not.toHaveProperty("nextCursor");
  });

  it.each(["limit=0", "limit=201", "limit=x", "cursor="])("refuses ?%s", async (query) => {
    const name = freshTopic();
    await call("POST /api/topics", { body: { name } });
    expect(await call(`GET ${pathTo(name, `/messages?${query}`)}`)).toMatchObject(problemWith(400, "invalid_payload"));
  });
});
