/** C3: which credential counts, and what it opens. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { crash, freshIds } from "../test/helpers/workerd/hub.ts";
import { call, mint, problemWith, signIn } from "../test/helpers/workerd/rest.ts";
import { TestClient } from "../test/helpers/workerd/test-client.ts";

const KEY = env.CC2CC_HUB_API_KEY as string;
const WRONG = "wrong-key-0123456789abcdef0123456789";

const bearer = (key: string) => `bearer.${btoa(key).replaceAll("=", "")}`;
const get = (headers: Record<string, string>, query = "") => call(`GET /api/session${query}`, { key: null, headers });

describe("[C3] a credential", () => {
  it("comes by header, subprotocol, cookie or query", async () => {
    const { cookie } = await signIn();
    const ways: Record<string, string>[] = [
      { authorization: `Bearer ${KEY}` },
      { authorization: `bearer  ${KEY} ` },
      { "sec-websocket-protocol": `cc2cc.v2, ${bearer(KEY)}` },
      { cookie },
      { cookie: `other=1; ${cookie}; more=2` },
    ];
    for (const headers of ways) {
      expect(await get(headers)).toMatchObject({ status: 200, body: { scope: "admin" } });
    }
    expect(await get({}, `?key=${KEY}`)).toMatchObject({ status: 200 });
  });

  it("is the first one present, right or wrong", async () => {
    const { cookie } = await signIn();
    const wrong = problemWith(401, "unauthorized");
    expect(await get({ authorization: `Bearer ${WRONG}`, cookie }, `?key=${KEY}`)).toMatchObject(wrong);
    expect(await get({ "sec-websocket-protocol": bearer(WRONG), cookie }, `?key=${KEY}`)).toMatchObject(wrong);
    expect(await get({ cookie: "cc2cc_session=nonsense" }, `?key=${KEY}`)).toMatchObject(wrong);
    expect(await get({ cookie }, `?key=${WRONG}`)).toMatchObject({ status: 200 });
    expect(await get({ authorization: `Bearer ${KEY}`, cookie: "cc2cc_session=x" })).toMatchObject({ status: 200 });
  });

  it.each([
    {},
    { authorization: "" },
    { authorization: `Basic ${btoa(`x:${KEY}`)}` },
    { authorization: `Bearer ${WRONG}` },
    { authorization: `Bearer ${KEY}x` },
    { authorization: `Bearer cc2cc_${"0".repeat(64)}` },
    { "sec-websocket-protocol": "bearer.%%%" },
    { cookie: "cc2cc_session=" },
  ])("is missing or wrong with %o: 401, and how to come back", async (headers) => {
    const answer = await get(headers as Record<string, string>);
    expect(answer).toMatchObject(problemWith(401, "unauthorized"));
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  it("may be any of several keys of the environment", async () => {
    const settings = { CC2CC_HUB_API_KEY: `${WRONG}, ${KEY}` };
    expect((await call("GET /api/session", { key: WRONG, settings })).status).toBe(200);
    expect((await call("GET /api/session", { key: KEY, settings })).status).toBe(200);
    expect((await call("GET /api/session", { key: `${WRONG}, ${KEY}`, settings })).status).toBe(401);
    expect((await call("GET /api/session", { key: "", settings })).status).toBe(401);
  });

  it("opens nothing while the hub has none of its own, and the hub says so", async () => {
    for (const CC2CC_HUB_API_KEY of ["", " , "]) {
      const ask = (request: Parameters<typeof call>[0], key = KEY) =>
        call(request, { key, settings: { CC2CC_HUB_API_KEY } });
      expect(await ask("GET /api/session")).toMatchObject(problemWith(503, "no_key_set"));
      expect(await ask("GET /api/session", "")).toMatchObject(problemWith(503, "no_key_set"));
      expect(await ask("GET /ws/plugin")).toMatchObject(problemWith(503, "no_key_set"));
      expect((await ask("GET /health")).status).toBe(200);
    }
  });

  it("is wanted by everything but health, version and sign-in", async () => {
    const open = ["/health", "/livez", "/readyz", "/version"] as const;
    for (const path of open) expect((await call(`GET ${path}`, { key: null })).status).toBe(200);
    const closed = [
      "/api/instances",
      "/api/messages",
      "/api/keys",
      "/api/topics",
      "/api/dead-letters",
      "/openapi.json",
    ];
    for (const path of closed) {
      expect(await call(`GET ${path as "/"}`, { key: null })).toMatchObject(problemWith(401, "unauthorized"));
    }
  });
});

describe("scopes", () => {
  const upgrade = (path: "/ws/plugin" | "/ws/dashboard", key: string) =>
    call(`GET ${path}?instanceId=${encodeURIComponent(freshIds().a)}`, { key, headers: { upgrade: "websocket" } });

  it("let an observer read and stream, and nothing else", async () => {
    const { key } = await mint("observer");
    for (const path of ["/api/instances", "/api/messages", "/api/stats", "/api/topics", "/openapi.json"] as const) {
      expect((await call(`GET ${path}`, { key })).status).toBe(200);
    }
    expect((await upgrade("/ws/dashboard", key)).status).toBe(101);
    const forbidden = problemWith(403, "forbidden");
    expect(await upgrade("/ws/plugin", key)).toMatchObject(forbidden);
    expect(await call("POST /api/topics", { key, body: { name: "x" } })).toMatchObject(forbidden);
    expect(await call("POST /api/topics/x/publish", { key, body: {} })).toMatchObject(forbidden);
    expect(await call("DELETE /api/topics/x", { key })).toMatchObject(forbidden);
    expect(await call(`DELETE /api/queue/${encodeURIComponent(freshIds().a)}`, { key })).toMatchObject(forbidden);
    expect(await call("GET /api/keys", { key })).toMatchObject(forbidden);
  });

  it("let a member connect, send and keep topics, but neither mint nor take", async () => {
    const { key } = await mint("member");
    expect((await upgrade("/ws/plugin", key)).status).toBe(101);
    expect((await call("POST /api/topics", { key, body: { name: "members" } })).status).toBe(201);
    const forbidden = problemWith(403, "forbidden");
    expect(await call("GET /api/keys", { key })).toMatchObject(forbidden);
    expect(await call("POST /api/keys", { key, body: { name: "x", scope: "observer" } })).toMatchObject(forbidden);
    expect(await call(`DELETE /api/queue/${encodeURIComponent(freshIds().a)}`, { key })).toMatchObject(forbidden);
    expect(await call("DELETE /api/dead-letters/0193f2b0-0000-7000-8000-000000000001", { key })).toMatchObject(
      forbidden,
    );
  });
});

describe("[C8] a key with a pattern", () => {
  it("needs no secret inside its pattern, and works nowhere else", async () => {
    // A user of its own: for all others of that name the ids would be reserved.
    const a = freshIds().a.replace("u@h", "wild@card");
    const { key } = await mint("member", { pattern: "wild@card:*" });
    const authorization = `Bearer ${key}`;
    const owner = await TestClient.connect(a, { identity: "the-secret-of-the-first-one" });
    await owner.close();
    const client = await TestClient.connect(a, { identity: null, headers: { authorization } });
    expect(client.welcome.identityToken).toBeUndefined();
    const outside = TestClient.connect("x@h:p/s", { identity: null, headers: { authorization } });
    await expect(outside).rejects.toThrow(/403.*This key is for/);
  });

  it("leaves an id it was first to use held by a secret of its own", async () => {
    const { a, partial } = freshIds();
    const { key } = await mint("member", { pattern: partial });
    const first = await TestClient.connect(a, { identity: null, headers: { authorization: `Bearer ${key}` } });
    expect(first.welcome.identityToken).toEqual(expect.any(String));
    await expect(TestClient.connect(a, { identity: "somebody-else-entirely" })).rejects.toThrow(/409/);
  });

  it("reserves what is in its pattern, also while nobody is there, until it is revoked", async () => {
    // Other tests here have keys for everything of the usual ids.
    const partial = "eve@far:reserved";
    const [a, b, c] = ["a", "b", "c"].map((session) => `${partial}/${session}`) as [string, string, string];
    const member = { authorization: `Bearer ${(await mint("member")).key}` };
    await TestClient.connect(a, { headers: member });
    const { id, key } = await mint("member", { pattern: partial });
    const alice = await TestClient.connect(b, { identity: null, headers: { authorization: `Bearer ${key}` } });
    for (const wanted of [a, c]) {
      const stranger = TestClient.connect(wanted, { headers: member });
      await expect(stranger).rejects.toThrow(/403.*is reserved.*under an id of your own/);
    }
    const other = await TestClient.connect("eve@near:free/a", { headers: member });
    expect(await other.ask({ action: "session_update", newInstanceId: c })).toMatchObject({ code: "forbidden" });
    await crash();
    await expect(TestClient.connect(c, { headers: member })).rejects.toThrow(/403.*is reserved/);
    // Another key that has the id in its pattern, and an admin, may.
    const wide = await mint("member", { pattern: "eve@far:*" });
    await TestClient.connect(c, { headers: { authorization: `Bearer ${wide.key}` } });
    await TestClient.connect(`${partial}/d`);
    await alice.close().catch(() => undefined);
    for (const revoked of [id, wide.id]) await call(`DELETE /api/keys/${revoked}`);
    await TestClient.connect(`${partial}/e`, { headers: member });
  });

  it("that names nobody in particular reserves nothing", async () => {
    const { id } = await mint("member", { pattern: "*@*" });
    const member = await mint("member");
    await TestClient.connect("zoe@near:free/a", { headers: { authorization: `Bearer ${member.key}` } });
    await call(`DELETE /api/keys/${id}`);
  });

  it("does not publish as the dashboard, nor change other instances", async () => {
    const { a, partial } = freshIds();
    const { key } = await mint("member", { pattern: partial });
    const other = freshIds().a;
    await TestClient.connect(a);
    await TestClient.connect(other);
    const forbidden = problemWith(403, "forbidden");
    expect(await call("POST /api/topics", { key, body: { name: "theirs" } })).toMatchObject(forbidden);
    expect(await call("POST /api/topics/t/subscribe", { key, body: { instanceId: other } })).toMatchObject(forbidden);
    expect((await call("POST /api/topics/t/subscribe", { key, body: { instanceId: a } })).status).toBe(200);
    const publication = { type: "task", content: "x" };
    expect(await call("POST /api/topics/t/publish", { key, body: publication })).toMatchObject(forbidden);
  });
});
