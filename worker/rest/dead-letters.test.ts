/** Dead letters (Q6): seen, retried, dropped. */
import { beforeAll, describe, expect, it } from "vitest";
import type { MessagePage } from "../../shared/history.ts";
import type { InstanceInfo } from "../../shared/message.ts";
import type { DeadLetter } from "../../shared/rest.ts";
import { crash, eventually, freshIds, storeRows } from "../../test/helpers/workerd/hub.ts";
import { call, mint, pathOf, problemWith } from "../../test/helpers/workerd/rest.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";

const NEVER = "0193f2b0-0000-7000-8000-000000000001";

async function lettersOf(instanceId: string): Promise<DeadLetter[]> {
  const { body } = await call("GET /api/dead-letters");
  return (body as DeadLetter[]).filter((letter) => letter.instanceId === instanceId);
}

/**
 * The list has the newest only, and simulations whose clock runs ahead leave letters that are newer than any of these tests.
 */
beforeAll(async () => {
  for (;;) {
    const letters = (await call("GET /api/dead-letters")).body as DeadLetter[];
    if (letters.length === 0) return;
    for (const { messageId } of letters) {
      expect(await call(`DELETE /api/dead-letters/${messageId}`)).toMatchObject({ status: 200 });
    }
  }
});

/** How much waits for an instance, as lists tell it. */
async function depthOf(instanceId: string): Promise<number | undefined> {
  const all = (await call("GET /api/instances")).body as InstanceInfo[];
  return all.find((instance) => instance.instanceId === instanceId)?.queueDepth;
}

/** Messages from `a` that ended in the queue of `b`, who is away; the sender with them. */
async function ended(a: string, b: string, contents: string[]): Promise<{ alice: TestClient; ids: string[] }> {
  const alice = await TestClient.connect(a);
  await (await TestClient.connect(b)).close();
  const ids = await alice.messages(b, contents);
  await call(`DELETE /api/queue/${pathOf(b)}`);
  for (const id of ids) await alice.untilReceipt(id, "removed");
  await eventually(async () => (await lettersOf(b)).length, contents.length);
  return { alice, ids };
}

describe("GET /api/dead-letters", () => {
  it("[Q6] tells what ended, where and why", async () => {
    const { a, b } = freshIds();
    const { ids } = await ended(a, b, ["one", "two"]);
    const letters = await lettersOf(b);
    expect(letters.map((letter) => letter.messageId).sort()).toEqual([...ids].sort());
    expect(letters[0]).toMatchObject({
      from: a,
      type: "task",
      state: "removed",
      reason: "its queue was flushed",
      message: { to: b },
    });
  });

  it("finds them after a crash", async () => {
    const { a, b } = freshIds();
    await ended(a, b, ["one"]);
    await crash();
    expect(await lettersOf(b)).toHaveLength(1);
  });

  it("[Q6] has what was removed with its instance, and its sender may ask for it", async () => {
    const { a, b } = freshIds();
    const { alice, ids } = await ended(a, b, ["before"]);
    const { messageId } = await alice.message(b, "with it");
    await call(`DELETE /api/instances/${pathOf(b)}`);
    await alice.untilReceipt(messageId, "removed");
    expect((await lettersOf(b)).map((letter) => [letter.messageId, letter.reason])).toEqual([
      [messageId, "the instance was removed"],
      [ids[0], "its queue was flushed"],
    ]);
    expect(await alice.ask({ action: "status", messageId: messageId as string })).toMatchObject({ state: "removed" });
    // Whoever takes the id is somebody else.
    const stranger = await TestClient.connect(b, { identity: "another-secret-of-another-person" });
    expect(stranger.welcome.pending).toBe(0);
    const refused = await call(`POST /api/dead-letters/${messageId}/retry`);
    expect(refused).toMatchObject(problemWith(409, "conflict"));
    expect((refused.body as { error: string }).error).toContain(`${b} was removed`);
    expect(await call(`DELETE /api/dead-letters/${messageId}`)).toMatchObject({ status: 200 });
    expect((await lettersOf(b)).map((letter) => letter.messageId)).toEqual(ids);
  });
});

describe("POST /api/dead-letters/:id/retry", () => {
  it("[Q6] puts it back under its id, behind what came since", async () => {
    const { a, b } = freshIds();
    const { alice, ids } = await ended(a, b, ["first"]);
    await alice.message(b, "since");
    expect(await call(`POST /api/dead-letters/${ids[0]}/retry`)).toMatchObject({
      status: 200,
      body: { retried: true, messageId: ids[0] },
    });
    expect(await lettersOf(b)).toEqual([]);
    expect(await depthOf(b)).toBe(2);
    const bob = await TestClient.connect(b);
    await bob.untilDelivered(2);
    expect(bob.contents).toEqual(["since", "first"]);
    expect(bob.delivered[1]?.messageId).toBe(ids[0]);
    await alice.untilReceipt(ids[0], "delivered");
    expect(await bob.ackAll()).toBe(2);
  });

  it("[Q6] is queued in history and for the search, until it goes on", async () => {
    const { a, b } = freshIds();
    const { ids } = await ended(a, b, ["once more"]);
    const id = ids[0] as string;
    const found = async (query: string) =>
      ((await call(`GET /api/messages?q=${encodeURIComponent(`from:${a} ${query}`)}`)).body as MessagePage).items.map(
        ({ messageId, state, history }) => [messageId, state, history.map((step) => step.state)],
      );
    await eventually(() => found("is:removed"), [[id, "removed", ["queued", "removed"]]]);
    await call(`POST /api/dead-letters/${id}/retry`);
    await eventually(() => found("is:queued"), [[id, "queued", ["queued", "queued"]]]);
    expect(await found("is:removed")).toEqual([]);
    const bob = await TestClient.connect(b);
    await bob.untilDelivered(1);
    await bob.ackAll();
    await eventually(() => found("is:acked"), [[id, "acked", ["queued", "delivered", "acked"]]]);
  });

  it("reaches a live socket at once, and survives a crash", async () => {
    const { a, b } = freshIds();
    const { ids } = await ended(a, b, ["again"]);
    const bob = await TestClient.connect(b);
    await call(`POST /api/dead-letters/${ids[0]}/retry`);
    await bob.untilDelivered(1);
    await crash();
    const back = await TestClient.connect(b);
    await back.untilDelivered(1);
    expect(back.contents).toEqual(["again"]);
  });

  it("gives it a new time to live, and says so in the message", async () => {
    const { a, b } = freshIds();
    const alice = await TestClient.connect(a);
    await (await TestClient.connect(b)).close();
    const { messageId } = await alice.message(b, "soon over", { ttlSeconds: 60 });
    await call(`DELETE /api/queue/${pathOf(b)}`);
    await eventually(async () => (await lettersOf(b)).length, 1);
    await call(`POST /api/dead-letters/${messageId}/retry`);
    const [row] = await storeRows<{ expires_at: number; body: string }>(
      "SELECT expires_at, body FROM messages WHERE message_id = ?",
      messageId as string,
    );
    expect(row?.expires_at).toBeGreaterThan(Date.now() + 86_400_000);
    expect(JSON.parse(row?.body ?? "{}")).toMatchObject({ expiresAt: new Date(row?.expires_at ?? 0).toISOString() });
  });

  it("[A4] gives it to the successor of an instance that has changed its session", async () => {
    const { a, b, c } = freshIds();
    const { ids } = await ended(a, b, ["to whom it may concern"]);
    const bob = await TestClient.connect(b);
    await bob.ask({ action: "session_update", newInstanceId: c });
    await call(`POST /api/dead-letters/${ids[0]}/retry`);
    await bob.untilDelivered(1);
    expect(bob.delivered[0]).toMatchObject({ messageId: ids[0], to: c });
    expect(await bob.ackAll()).toBe(1);
  });

  it("refuses what is no dead letter", async () => {
    const { a, b } = freshIds();
    const { alice } = await ended(a, b, ["one"]);
    const { messageId } = await alice.message(b, "alive");
    expect(await call(`POST /api/dead-letters/${messageId}/retry`)).toMatchObject(problemWith(404, "not_found"));
    expect(await call(`POST /api/dead-letters/${NEVER}/retry`)).toMatchObject(problemWith(404, "not_found"));
    expect(await call("POST /api/dead-letters/x/retry")).toMatchObject(problemWith(400, "invalid_payload"));
  });

  it("is for admins", async () => {
    const { a, b } = freshIds();
    const { ids } = await ended(a, b, ["one"]);
    const member = await mint("member");
    expect(await call(`POST /api/dead-letters/${ids[0]}/retry`, member)).toMatchObject(problemWith(403, "forbidden"));
    expect((await call(`POST /api/dead-letters/${ids[0]}/retry`, await mint("admin"))).status).toBe(200);
  });
});

describe("DELETE /api/dead-letters/:id", () => {
  it("takes it away for good, and [M3] its id stays known", async () => {
    const { a, b } = freshIds();
    const { alice, ids } = await ended(a, b, ["gone", "kept"]);
    expect(await call(`DELETE /api/dead-letters/${ids[0]}`)).toMatchObject({ status: 200, body: { dropped: true } });
    expect((await lettersOf(b)).map((letter) => letter.messageId)).toEqual([ids[1]]);
    expect(await call(`DELETE /api/dead-letters/${ids[0]}`)).toMatchObject(problemWith(404, "not_found"));
    expect(await alice.message(b, "gone", { messageId: ids[0] as string })).toMatchObject({ duplicate: true });
    expect(await alice.ask({ action: "status", messageId: ids[0] as string })).toMatchObject({ state: "removed" });
    expect((await TestClient.connect(b)).welcome.pending).toBe(0);
  });
});
