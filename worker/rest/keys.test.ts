/** Minted keys: made, listed, revoked (section 7, C8). */

import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { directoryOf, exchangeOf } from "../../durable-objects/env.ts";
import { sha256Hex } from "../../durable-objects/hash.ts";
import type { KeyInfo } from "../../shared/keys.ts";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import { crash, eventually, freshIds } from "../../test/helpers/workerd/hub.ts";
import { call, mint, problemWith, signIn } from "../../test/helpers/workerd/rest.ts";
import { requestUpgrade, TestClient } from "../../test/helpers/workerd/test-client.ts";

async function listed(id: string): Promise<KeyInfo | undefined> {
  return ((await call("GET /api/keys")).body as KeyInfo[]).find((key) => key.id === id);
}

async function openStream(headers: Record<string, string>): Promise<WebSocket> {
  const { webSocket } = await exports.default.fetch("http://hub/ws/dashboard", {
    headers: { upgrade: "websocket", ...headers },
  });
  webSocket?.accept();
  return webSocket as WebSocket;
}

describe("POST /api/keys", () => {
  it("shows the key once and keeps its hash alone", async () => {
    const minted = await call("POST /api/keys", { body: { name: "Ada's laptop", scope: "member", pattern: "ada@*" } });
    expect(minted).toMatchObject({
      status: 201,
      body: {
        name: "Ada's laptop",
        scope: "member",
        pattern: "ada@*",
        key: expect.stringMatching(/^cc2cc_[0-9a-f]{64}$/),
      },
    });
    expect(minted.headers.get("cache-control")).toBe("no-store");
    const { id, key } = minted.body as { id: string; key: string };
    expect(await listed(id)).toEqual({
      id,
      name: "Ada's laptop",
      scope: "member",
      pattern: "ada@*",
      origin: "minted",
      mintedBy: expect.stringMatching(/^env-/),
      createdAt: expect.any(String),
      connections: 0,
      instances: [],
    });
    const rows = await runInDurableObject(directoryOf(env), (_, { storage }) =>
      storage.sql.exec("SELECT * FROM keys").toArray(),
    );
    expect(JSON.stringify(rows)).not.toContain(key.slice(6));
  });

  it.each([
    {},
    { name: "", scope: "member" },
    { name: "x", scope: "root" },
    { name: "x", scope: "member", pattern: "ada" },
    { name: "x", scope: "member", pattern: "ada@ laptop" },
    { name: "x", scope: "admin", pattern: "ada@*" },
    { name: "x".repeat(65), scope: "member" },
  ])("refuses %o", async (body) => {
    expect(await call("POST /api/keys", { body })).toMatchObject(problemWith(400, "invalid_payload"));
  });

  it("notes when a key was last used", async () => {
    const { id, key } = await mint("observer");
    expect((await listed(id))?.lastUsedAt).toBeUndefined();
    await call("GET /api/instances", { key });
    expect(Date.parse((await listed(id))?.lastUsedAt ?? "")).toBeGreaterThan(Date.now() - 60_000);
  });

  it("makes keys that survive a crash", async () => {
    const { key } = await mint("admin");
    await crash();
    expect((await call("GET /api/keys", { key })).status).toBe(200);
  });
});

describe("GET /api/keys", () => {
  const ADMIN_KEY = env.CC2CC_HUB_API_KEY as string;

  it("has the environment's key by a fingerprint, which tells nothing of it", async () => {
    const id = `env-${(await sha256Hex(ADMIN_KEY)).slice(0, 8)}`;
    const answer = await call("GET /api/keys");
    expect((answer.body as KeyInfo[])[0]).toMatchObject({
      id,
      name: "CC2CC_HUB_API_KEY",
      scope: "admin",
      origin: "environment",
      lastUsedAt: expect.any(String),
    });
    expect(JSON.stringify(answer.body)).not.toContain(ADMIN_KEY);
  });

  it("notes the use of the environment's key on disk, by request, session and socket, once a minute at most", async () => {
    const clock = useClock();
    // Well behind what the tests before it may have noted.
    clock.advance(86_400_000);
    const admin = async () => ((await directoryOf(env).listKeys()) as KeyInfo[])[0];
    const { cookie } = await signIn();
    for (const use of [
      () => call("GET /api/session"),
      () => call("GET /api/session", { key: null, headers: { cookie } }),
      () => TestClient.connect(freshIds().a),
    ]) {
      clock.advance(61_000);
      const since = Date.now();
      await use();
      const lastUsedAt = (await admin())?.lastUsedAt ?? "";
      expect(Date.parse(lastUsedAt)).toBeGreaterThanOrEqual(since);
      clock.advance(30_000);
      await use();
      expect((await admin())?.lastUsedAt).toBe(lastUsedAt);
    }
    const before = await admin();
    await crash();
    expect((await admin())?.lastUsedAt).toBe(before?.lastUsedAt);
  });

  it("tells who is connected with each key now: instances, sessions and streams", async () => {
    const { a, b } = freshIds();
    const { id, key } = await mint("member");
    const authorization = `Bearer ${key}`;
    const alice = await TestClient.connect(a, { headers: { authorization } });
    const stream = await openStream({ authorization });
    const { cookie } = await signIn(key);
    const page = await openStream({ cookie, origin: "http://hub" });
    await TestClient.connect(b);
    expect(await listed(id)).toMatchObject({ connections: 3, instances: [a] });
    const moved = freshIds().a;
    await alice.ask({ action: "session_update", newInstanceId: moved });
    expect(await listed(id)).toMatchObject({ connections: 3, instances: [moved] });
    await alice.close();
    for (const ws of [stream, page]) ws.close(1000);
    await eventually(async () => (await listed(id))?.connections, 0);
    expect(await listed(id)).toMatchObject({ instances: [] });
    const admin = ((await call("GET /api/keys")).body as KeyInfo[])[0];
    expect(admin?.instances).toContain(b);
    expect(admin?.instances).not.toContain(moved);
  });
});

describe("DELETE /api/keys/:id", () => {
  it("opens nothing any more: no request, no session, no upgrade", async () => {
    const { id, key } = await mint("member");
    const { cookie } = await signIn(key);
    const read = (options: object) => call("GET /api/instances", options);
    expect([(await read({ key })).status, (await read({ key: null, headers: { cookie } })).status]).toEqual([200, 200]);
    expect(await call(`DELETE /api/keys/${id}`)).toMatchObject({ status: 200, body: { revoked: true, id } });
    expect(await read({ key })).toMatchObject(problemWith(401, "unauthorized"));
    expect(await read({ key: null, headers: { cookie } })).toMatchObject(problemWith(401, "unauthorized"));
    const upgrade = await requestUpgrade({ instanceId: freshIds().a }, { authorization: `Bearer ${key}` });
    expect(upgrade.status).toBe(401);
    expect(await listed(id)).toBeUndefined();
  });

  it("closes the sockets that came with it (4003), and no others", async () => {
    const { a, b } = freshIds();
    const { id, key } = await mint("member");
    const mallory = await TestClient.connect(a, { headers: { authorization: `Bearer ${key}` } });
    const bob = await TestClient.connect(b);
    await call(`DELETE /api/keys/${id}`);
    expect(await mallory.untilClosed()).toMatchObject({ code: 4003 });
    expect(await bob.ask({ action: "ping", to: a })).toMatchObject({ online: false });
  });

  it("closes the socket of an instance that has changed its session", async () => {
    const { a, b } = freshIds();
    const { id, key } = await mint("member");
    const client = await TestClient.connect(a, { headers: { authorization: `Bearer ${key}` } });
    await client.ask({ action: "session_update", newInstanceId: b });
    await call(`DELETE /api/keys/${id}`);
    expect(await client.untilClosed()).toMatchObject({ code: 4003 });
    await eventually(async () => (await exchangeOf(env).connectionsByKey()).some(([keyId]) => keyId === id), false);
  });

  it("closes event streams, too", async () => {
    const { id, key } = await mint("observer");
    const stream = await openStream({ authorization: `Bearer ${key}` });
    const closed = new Promise<number>((resolve) => stream.addEventListener("close", (event) => resolve(event.code)));
    await call(`DELETE /api/keys/${id}`);
    expect(await closed).toBe(4003);
  });

  it("revokes what the key has minted with it, and what that has, unless it is told not to", async () => {
    const outsider = await mint("member");
    const mallory = await mint("admin");
    const heir = await mint("admin", { key: mallory.key });
    const grandchild = await mint("member", { key: heir.key });
    const client = await TestClient.connect(freshIds().a, { headers: { authorization: `Bearer ${grandchild.key}` } });
    expect(await listed(grandchild.id)).toMatchObject({ mintedBy: heir.id });
    expect(await listed(outsider.id)).toMatchObject({ mintedBy: expect.stringMatching(/^env-/) });
    const answer = await call(`DELETE /api/keys/${mallory.id}`);
    expect(answer).toMatchObject({ status: 200, body: { minted: expect.arrayContaining([heir.id, grandchild.id]) } });
    expect(await client.untilClosed()).toMatchObject({ code: 4003 });
    expect((await call("GET /api/instances", { key: heir.key })).status).toBe(401);
    expect((await call("GET /api/instances", { key: outsider.key })).status).toBe(200);

    const leaving = await mint("admin");
    const staying = await mint("member", { key: leaving.key });
    const kept = await call(`DELETE /api/keys/${leaving.id}?keepMinted=true`);
    expect(kept).toMatchObject({ status: 200, body: { minted: [] } });
    expect((await call("GET /api/instances", { key: leaving.key })).status).toBe(401);
    expect((await call("GET /api/instances", { key: staying.key })).status).toBe(200);
  });

  it("refuses ids of no key, those of the environment included", async () => {
    expect(await call("DELETE /api/keys/key-000000000000")).toMatchObject(problemWith(404, "not_found"));
    const [admin] = (await call("GET /api/keys")).body as KeyInfo[];
    expect(await call(`DELETE /api/keys/${admin?.id}`)).toMatchObject(problemWith(404, "not_found"));
  });
});
