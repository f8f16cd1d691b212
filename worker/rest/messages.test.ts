/** History by REST (section 7); what they find is the journal's matter. */
import { describe, expect, it } from "vitest";
import type { MessagePage } from "../../shared/history.ts";
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
