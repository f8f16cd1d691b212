import { describe, expect, it } from "vitest";
import type { Presence } from "../../shared/history.ts";
import type { InstanceInfo } from "../../shared/message.ts";
import type { QueuePage } from "../../shared/rest.ts";
import { eventually, freshIds, isKnown } from "../../test/helpers/workerd/hub.ts";
import { call, mint, pathOf, problemWith } from "../../test/helpers/workerd/rest.ts";
import { requestUpgrade, TestClient } from "../../test/helpers/workerd/test-client.ts";

async function listed(instanceId: string): Promise<InstanceInfo | undefined> {
  const { body } = await call("GET /api/instances");
  return (body as InstanceInfo[]).find((info) => info.instanceId === instanceId);
}

/** Someone who was here, and is not now. */
async function offline(instanceId: string): Promise<void> {
  await (await TestClient.connect(instanceId)).close();
  await eventually(async () => (await listed(instanceId))?.status, "offline");
}

describe("GET /api/instances", () => {
  it("lists online and offline instances as a bare array", async () => {
    const { a, b } = freshIds();
    await TestClient.connect(a);
    await offline(b);
    expect(await listed(a)).toMatchObject({ status: "online", queueDepth: 0, project: expect.any(String) });
    expect(await listed(b)).toMatchObject({ status: "offline", topics: [expect.any(String)] });
  });
});

describe("GET /api/instances/:id/presence", () => {
  const presence = async (id: string, query = "") =>
    (await call(`GET /api/instances/${pathOf(id)}/presence${query}`)).body as Presence;

  it("tells when an instance was online, of the last day by default, also when it is removed", async () => {
    const { a, b } = freshIds();
    await offline(a);
    await expect
      .poll(async () => (await presence(a)).spans)
      .toEqual([{ from: expect.any(String), to: expect.any(String) }]);
    await TestClient.connect(a);
    const isOpen = async () => (await presence(a)).spans.map(({ to }) => to === null);
    await expect.poll(isOpen).toEqual([false, true]);
    const { spans, ...rest } = await presence(a);
    expect(rest).toEqual({ instanceId: a, knownSince: spans[0]?.from, truncated: false });
    const before = `?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z`;
    expect(await presence(a, before)).toMatchObject({ spans: [], knownSince: spans[0]?.from });
    await offline(b);
    expect(await call(`DELETE /api/instances/${pathOf(b)}`)).toMatchObject({ status: 200 });
    await expect.poll(async () => (await presence(b)).spans).toMatchObject([{ to: expect.any(String) }]);
  });

  it("knows nothing of who was never here, and refuses spans that are none or too long, and what is no id", async () => {
    const { c } = freshIds();
    expect(await presence(c)).toEqual({ instanceId: c, spans: [], knownSince: null, truncated: false });
    for (const query of [
      "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
      "from=2026-01-01T00:00:00Z&to=2026-02-02T00:00:00Z",
    ]) {
      expect(await call(`GET /api/instances/${pathOf(c)}/presence?${query}`)).toMatchObject(
        problemWith(400, "invalid_payload"),
      );
    }
    expect(await call("GET /api/instances/nobody/presence")).toMatchObject(problemWith(400, "invalid_payload"));
  });
});

describe("GET /api/queue/:id", () => {
  it("[Q7] shows what waits, a page at a time, and takes nothing of it", async () => {
    const { a, b } = freshIds();
    const alice = await TestClient.connect(a);
    await offline(b);
    const ids = await alice.messages(b, ["one", "two", "three"]);
    const peek = async (query: string) => (await call(`GET /api/queue/${pathOf(b)}?${query}`)).body as QueuePage;
    for (let again = 0; again < 2; again++) {
      const first = await peek("limit=2");
      expect(first).toMatchObject({
        instanceId: b,
        depth: 3,
        items: [
          { message: { messageId: ids[0], content: "one", from: a }, state: "queued", attempts: 0 },
          { message: { messageId: ids[1] } },
        ],
      });
      const rest = await peek(`limit=2&cursor=${first.nextCursor}`);
      expect(rest.items.map((item) => item.message.messageId)).toEqual([ids[2]]);
      expect(rest).not.toHaveProperty("nextCursor");
    }
    const bob = await TestClient.connect(b);
    await bob.untilDelivered(3);
    expect((await peek("")).items.map(({ state, attempts }) => [state, attempts])).toEqual([
      ["delivered", 1],
      ["delivered", 1],
      ["delivered", 1],
    ]);
    await bob.ackAll();
    expect(await peek("")).toEqual({ instanceId: b, depth: 0, items: [] });
  });

  it("[A4] shows the queue of the successor, and of nobody where there is none", async () => {
    const { a, b } = freshIds();
    const client = await TestClient.connect(a);
    await client.ask({ action: "session_update", newInstanceId: b });
    expect((await call(`GET /api/queue/${pathOf(a)}`)).body).toMatchObject({ instanceId: b });
    const nobody = freshIds().a;
    expect(await call(`GET /api/queue/${pathOf(nobody)}`)).toMatchObject(problemWith(404, "unknown_instance"));
  });
});

describe("DELETE /api/instances/:id", () => {
  it("[C8, Q6] removes an offline instance: its queue ends, its sender hears, its id is free", async () => {
    const { a, b } = freshIds();
    const alice = await TestClient.connect(a);
    await offline(b);
    const { messageId } = await alice.message(b, "too late");
    expect(await call(`DELETE /api/instances/${pathOf(b)}`)).toMatchObject({
      status: 200,
      body: { removed: true, instanceId: b },
    });
    await alice.untilReceipt(messageId, "removed");
    expect(await listed(b)).toBeUndefined();
    expect(await alice.message(b, "nobody there")).toMatchObject({ code: "unknown_instance" });
    const stranger = await TestClient.connect(b, { identity: "another-secret-of-another-person" });
    expect(stranger.welcome).toMatchObject({ pending: 0 });
  });

  it("[A4] frees the ids that forwarded to it, too", async () => {
    const { a, b } = freshIds();
    const client = await TestClient.connect(a);
    await client.ask({ action: "session_update", newInstanceId: b });
    await client.close();
    await eventually(async () => (await listed(b))?.status, "offline");
    await call(`DELETE /api/instances/${pathOf(b)}`);
    for (const id of [a, b]) expect((await call(`GET /api/queue/${pathOf(id)}`)).status).toBe(404);
    await TestClient.connect(a, { identity: "somebody-else-with-a-secret" });
  });

  it("refuses one that is online", async () => {
    const { a } = freshIds();
    const alice = await TestClient.connect(a);
    expect(await call(`DELETE /api/instances/${pathOf(a)}`)).toMatchObject(problemWith(409, "conflict"));
    expect(await alice.ask({ action: "ping", to: a })).toMatchObject({ online: true });
  });

  it("does the same again, and for ids that never were, and leaves nothing behind for those", async () => {
    const { a } = freshIds();
    expect(await call(`DELETE /api/instances/${pathOf(a)}`)).toMatchObject({ status: 200, body: { removed: true } });
    expect(await isKnown(a)).toBe(false);
  });

  it("refuses what is no id", async () => {
    expect(await call("DELETE /api/instances/nobody")).toMatchObject(problemWith(400, "invalid_payload"));
  });

  it("[C8] is for admins, and for keys whose pattern holds the id", async () => {
    const { a, b, partial } = freshIds();
    await offline(a);
    await offline(b);
    const [member, alices] = [await mint("member"), await mint("member", { pattern: partial })];
    expect(await call(`DELETE /api/instances/${pathOf(a)}`, member)).toMatchObject(problemWith(403, "forbidden"));
    expect(await call(`DELETE /api/instances/${pathOf(freshIds().a)}`, alices)).toMatchObject(
      problemWith(403, "forbidden"),
    );
    expect(await call(`DELETE /api/instances/${pathOf(a)}`, alices)).toMatchObject({ status: 200 });
    expect((await requestUpgrade({ instanceId: b })).status).toBe(409);
  });
});

describe("DELETE /api/queue/:id", () => {
  it("[Q6] flushes what waits and what is in flight, and tells the senders", async () => {
    const { a, b } = freshIds();
    const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    const first = await alice.message(b, "in flight");
    await bob.untilDelivered(1);
    await bob.close();
    await eventually(async () => (await listed(b))?.status, "offline");
    const second = await alice.message(b, "waiting");
    expect(await call(`DELETE /api/queue/${pathOf(b)}`)).toMatchObject({
      body: { flushed: true, instanceId: b, count: 2 },
    });
    await alice.untilReceipt(first.messageId, "removed");
    await alice.untilReceipt(second.messageId, "removed");
    expect((await TestClient.connect(b)).welcome.pending).toBe(0);
    expect(await call(`DELETE /api/queue/${pathOf(b)}`)).toMatchObject({ body: { count: 0 } });
  });

  it("leaves nothing behind for an id that never was", async () => {
    const { a } = freshIds();
    expect(await call(`DELETE /api/queue/${pathOf(a)}`)).toMatchObject({ status: 200, body: { count: 0 } });
    expect(await isKnown(a)).toBe(false);
  });
});

describe("[A4, C8] an id that forwards to somebody else", () => {
  /** `b` was Alice's, and forwards to Bob's `a` by now. */
  async function forwarded() {
    const [alice, bob] = [freshIds(), freshIds()];
    const client = await TestClient.connect(alice.b);
    await client.ask({ action: "session_update", newInstanceId: bob.a });
    await client.close();
    await eventually(async () => (await listed(bob.a))?.status, "offline");
    const sender = await TestClient.connect(freshIds().a);
    await sender.message(bob.a, "for Bob");
    return {
      alice,
      bob,
      alices: await mint("member", { pattern: alice.partial }),
      bobs: await mint("member", { pattern: bob.partial }),
    };
  }

  it("does not open the other's queue to the key of whom it was", async () => {
    const { alice, bob, alices, bobs } = await forwarded();
    const forbidden = problemWith(403, "forbidden");
    expect(await call(`DELETE /api/queue/${pathOf(alice.b)}`, alices)).toMatchObject(forbidden);
    expect(await call(`DELETE /api/queue/${pathOf(bob.a)}`, alices)).toMatchObject(forbidden);
    expect((await listed(bob.a))?.queueDepth).toBe(1);
    expect(await call(`DELETE /api/queue/${pathOf(alice.b)}`, bobs)).toMatchObject({ body: { count: 1 } });
  });

  it("is freed with the other only by who may answer for both", async () => {
    const { alice, bob, bobs } = await forwarded();
    expect(await call(`DELETE /api/instances/${pathOf(bob.a)}`, bobs)).toMatchObject(problemWith(403, "forbidden"));
    expect(await isKnown(alice.b)).toBe(true);
    expect(await call(`DELETE /api/instances/${pathOf(bob.a)}`)).toMatchObject({ status: 200 });
    expect(await isKnown(alice.b)).toBe(false);
  });
});

describe("GET /api/ping/:id", () => {
  it("[A3] resolves full and partial addresses as the action does", async () => {
    const { a, b, partial } = freshIds();
    const alice = await TestClient.connect(a);
    const ping = async (to: string) => (await call(`GET /api/ping/${pathOf(to)}`)).body;
    expect(await ping(a)).toEqual({ online: true, instanceId: a });
    expect(await ping(b)).toEqual({ online: false, instanceId: b });
    expect(await ping(partial)).toEqual({ online: true, instanceId: a });
    await TestClient.connect(b);
    expect(await ping(partial)).toEqual({ online: true, instanceId: partial, matches: [a, b] });
    // A session means the others by it, never itself.
    expect(await alice.ask({ action: "ping", to: partial })).toMatchObject({ online: true, instanceId: b });
    const { requestId: _, ...answer } = await (await TestClient.connect(freshIds().a)).ask({
      action: "ping",
      to: partial,
    });
    expect(answer).toEqual(await ping(partial));
  });

  it("refuses an address that names no instance", async () => {
    expect(await call("GET /api/ping/broadcast")).toMatchObject(problemWith(400, "invalid_payload"));
  });
});
