/** History by REST (section 7); what they find is the journal's matter. */
import { describe, expect, it } from "vitest";
import type { MessagePage, RecipientPage } from "../../shared/history.ts";
import { freshIds } from "../../test/helpers/workerd/hub.ts";
import { call, pathOf, problemWith } from "../../test/helpers/workerd/rest.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";

describe("GET /api/messages", () => {
  it("finds what was sent, a page at a time", async () => {
    const { a, b } = freshIds();
    const alice = await TestClient.connect(a);
    await TestClient.connect(b);
    const ids = await alice.messages(b, ["heron one", "heron two", "heron three"]);
    const find = async (query: string) => (await call(`GET /api/messages?${query}`)).body as MessagePage;
    const q = `q=${pathOf(`heron from:${a}`)}&limit=2`;
    await expect.poll(async () => (await find(q)).items.map((item) => item.messageId)).toEqual([ids[2], ids[1]]);
    const { nextCursor } = await find(q);
    const rest = await find(`${q}&cursor=${pathOf(nextCursor ?? "")}`);
    expect(rest.items.map((item) => item.messageId)).toEqual([ids[0]]);
    expect(rest).not.toHaveProperty("nextCursor");
  });

  it("refuses limits, cursors and operators that mean nothing", async () => {
    for (const query of ["limit=0", "limit=1000", "limit=many", "q=is:nonsense"]) {
      expect(await call(`GET /api/messages?${query}`)).toMatchObject(problemWith(400, "invalid_payload"));
    }
  });
});

describe("GET /api/messages/:id", () => {
  it("shows one message with its state", async () => {
    const { a, b } = freshIds();
    const alice = await TestClient.connect(a);
    await TestClient.connect(b, { isAcking: true });
    const { messageId } = await alice.message(b, "where am I?");
    await expect
      .poll(async () => (await call(`GET /api/messages/${messageId}`)).body)
      .toMatchObject({ state: "acked" });
  });

  it("says how far the copies of a persistent publication got", async () => {
    const { a, b } = freshIds();
    const topic = `copies-${crypto.randomUUID()}`;
    await call("POST /api/topics", { body: { name: topic } });
    await TestClient.connect(a, { isAcking: true });
    const away = await TestClient.connect(b);
    for (const instanceId of [a, b]) await call(`POST /api/topics/${topic}/subscribe`, { body: { instanceId } });
    await away.close();
    const publish = async (persistent: boolean) => {
      const body = { type: "task", content: "hello", persistent };
      return ((await call(`POST /api/topics/${topic}/publish`, { body })).body as { messageId: string }).messageId;
    };
    const [kept, live] = [await publish(true), await publish(false)];
    const read = async (id: string) => (await call(`GET /api/messages/${id}`)).body;
    await expect
      .poll(() => read(kept))
      .toMatchObject({
        recipients: { delivered: 1, queued: 1 },
        copies: { delivered: 1, acked: 1, seen: 0, ended: 0 },
      });
    await TestClient.connect(b, { isAcking: true });
    await expect.poll(() => read(kept)).toMatchObject({ copies: { delivered: 2, acked: 2 } });
    await expect.poll(() => read(live)).toMatchObject({ recipients: { delivered: 1 } });
    expect(await read(live)).not.toHaveProperty("copies");
  });

  it("says that history has no such message", async () => {
    const never = "0193f2b0-0000-7000-8000-000000000001";
    expect(await call(`GET /api/messages/${never}`)).toMatchObject(problemWith(404, "not_found"));
    expect(await call("GET /api/messages/one")).toMatchObject(problemWith(400, "invalid_payload"));
  });
});

describe("GET /api/messages/:id/recipients", () => {
  const read = async (id: string, query = "") =>
    (await call(`GET /api/messages/${id}/recipients${query}`)).body as RecipientPage;

  /** A sender, and three who have a role of their own: the first acks, the second only listens, the third is away. */
  async function team() {
    const role = `role-${crypto.randomUUID().slice(0, 8)}`;
    const ids = [freshIds(), freshIds()].flatMap(({ a, b }) => [a, b]) as [string, string, string, string];
    const [askerId, ackingId, listeningId, awayId] = ids;
    const asker = await TestClient.connect(askerId);
    const acking = await TestClient.connect(ackingId, { isAcking: true });
    const listening = await TestClient.connect(listeningId);
    const away = await TestClient.connect(awayId);
    for (const member of [acking, listening, away]) await member.ask({ action: "set_role", role });
    await away.close();
    return { role, asker, acking, listening, ackingId, listeningId, awayId };
  }

  it("[M3] [E3] finds all that got a role message by the id of any, how far each got and what it answered", async () => {
    const { role, asker, acking, ackingId, listeningId, awayId } = await team();
    // Another one of the same moment, to the same, is told apart.
    const [first, second] = await asker.askAll(
      { action: "send_message", to: `role:${role}`, type: "task", content: "review this" },
      { action: "send_message", to: `role:${role}`, type: "task", content: "and this" },
    );
    const copies = (first?.messages ?? []) as unknown as { instanceId: string; messageId: string }[];
    const [one] = copies.filter(({ instanceId }) => instanceId === ackingId);
    const replyToMessageId = one?.messageId ?? "";
    await acking.ask({
      action: "send_message",
      to: asker.instanceId,
      type: "ack",
      content: "begins",
      replyToMessageId,
    });
    const answer = {
      action: "send_message",
      to: asker.instanceId,
      type: "result",
      content: "fine",
      replyToMessageId,
    } as const;
    const { messageId: answerId } = await acking.ask(answer);
    for (const { messageId } of copies) {
      await expect
        .poll(() => read(messageId))
        .toMatchObject({ messageId, total: 3, tally: { delivered: 2, acked: 1, seen: 0, ended: 0, answered: 1 } });
      expect((await read(messageId)).items.map((item) => item.messageId).toSorted()).toEqual(
        copies.map((copy) => copy.messageId).toSorted(),
      );
    }
    const { items } = await read(replyToMessageId);
    expect(items.find(({ instanceId }) => instanceId === ackingId)).toMatchObject({ state: "acked", answerId });
    expect(items.find(({ instanceId }) => instanceId === listeningId)).toMatchObject({ state: "delivered" });
    const missing = items.find(({ instanceId }) => instanceId === awayId);
    expect(missing).toMatchObject({ state: "queued" });
    expect(missing).not.toHaveProperty("answeredAt");
    const other = (second?.messages ?? []) as unknown as { messageId: string }[];
    expect(await read(other[0]?.messageId ?? "")).toMatchObject({ total: 3, tally: { answered: 0 } });
  });

  it("gives a page at a time, and refuses what is no page", async () => {
    const { role, asker } = await team();
    const sent = await asker.ask({ action: "send_message", to: `role:${role}`, type: "ping", content: "here?" });
    const [copy] = (sent.messages ?? []) as unknown as { messageId: string }[];
    const id = copy?.messageId ?? "";
    await expect.poll(async () => (await read(id)).total).toBe(3);
    const first = await read(id, "?limit=2");
    const rest = await read(id, `?limit=2&cursor=${first.nextCursor}`);
    expect([first.items.length, rest.items.length]).toEqual([2, 1]);
    expect(rest).not.toHaveProperty("nextCursor");
    // Counts are of all, whatever the page shows.
    expect(rest.tally).toEqual(first.tally);
    expect(await call(`GET /api/messages/${id}/recipients?cursor=x`)).toMatchObject(
      problemWith(400, "invalid_payload"),
    );
    const never = "0193f2b0-0000-7000-8000-000000000001";
    expect(await call(`GET /api/messages/${never}/recipients`)).toMatchObject(problemWith(404, "not_found"));
  });

  it("[S5] of a persistent publication shows the copies and their answers; of others only who answered", async () => {
    const { asker, acking, listening, ackingId, listeningId, awayId } = await team();
    const topic = `asked-${crypto.randomUUID()}`;
    await call("POST /api/topics", { body: { name: topic } });
    for (const instanceId of [ackingId, listeningId, awayId]) {
      await call(`POST /api/topics/${topic}/subscribe`, { body: { instanceId } });
    }
    const publish = async (persistent: boolean) =>
      (await asker.ask({ action: "publish_topic", topic, type: "question", content: "who has time?", persistent }))
        .messageId ?? "";
    const kept = await publish(true);
    await expect.poll(() => read(kept)).toMatchObject({ total: 3, tally: { delivered: 2, acked: 1, answered: 0 } });
    await listening.until(() => listening.delivered.length === 1, "its copy");
    const reply = async (client: TestClient) => {
      const replyToMessageId = client.delivered.at(-1)?.messageId ?? "";
      const frame = {
        action: "send_message",
        to: asker.instanceId,
        type: "result",
        content: "I",
        replyToMessageId,
      } as const;
      return (await client.ask(frame)).messageId;
    };
    const answerId = await reply(listening);
    await expect.poll(() => read(kept)).toMatchObject({ tally: { answered: 1 } });
    const { items } = await read(kept);
    expect(items.find(({ instanceId }) => instanceId === listeningId)).toMatchObject({ state: "delivered", answerId });
    expect(items.map(({ instanceId }) => instanceId).toSorted()).toEqual([ackingId, listeningId, awayId].toSorted());
    const live = await publish(false);
    await acking.until(() => acking.delivered.length === 2, "the live one");
    await reply(acking);
    await expect
      .poll(() => read(live))
      .toMatchObject({ total: 2, tally: { delivered: 0, answered: 1 }, items: [{ instanceId: ackingId }] });
  });

  it("of a message for one has that one", async () => {
    const { a, b } = freshIds();
    const alice = await TestClient.connect(a);
    await TestClient.connect(b, { isAcking: true });
    const { messageId = "" } = await alice.message(b, "you");
    await expect
      .poll(() => read(messageId))
      .toMatchObject({ total: 1, items: [{ instanceId: b, messageId, state: "acked" }] });
  });
});
