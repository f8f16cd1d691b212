/** Signing in and out (section 7). */
import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { directoryOf } from "../../durable-objects/env.ts";
import { LINK_MS, SESSION_MS, SIGN_IN_FAILURES, SIGN_IN_WINDOW_MS } from "../../shared/limits.ts";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import { crash, freshIds } from "../../test/helpers/workerd/hub.ts";
import { call, mint, problemWith, type RequestOptions, signIn } from "../../test/helpers/workerd/rest.ts";
import { requestUpgrade, TestClient } from "../../test/helpers/workerd/test-client.ts";

const KEY = env.CC2CC_HUB_API_KEY as string;
/** Key id, expiry, nonce, signature. */
const partsOf = (cookie: string) =>
  cookie.slice(cookie.indexOf("=") + 1).split(".") as [string, string, string, string];
const whoAmI = (cookie: string) => call("GET /api/session", { key: null, headers: { cookie } });

describe("POST /api/session", () => {
  it("trades a key for a cookie that no script and no other site gets", async () => {
    const answer = await call("POST /api/session", { key: null, body: { key: ` ${KEY} ` } });
    expect(answer).toMatchObject({ status: 200, body: { scope: "admin", expiresAt: expect.any(String) } });
    const cookie = answer.headers.get("set-cookie") ?? "";
    for (const part of ["HttpOnly", "SameSite=Strict", "Path=/", "Expires="]) expect(cookie).toContain(part);
    expect(cookie).not.toContain("Secure");
    expect(cookie).not.toContain(KEY);
  });

  it("marks for scripts that there is a session, by a cookie that opens nothing", async () => {
    const { headers } = await call("POST /api/session", { key: null, body: { key: KEY } });
    const mark = headers.getSetCookie().find((cookie) => cookie.startsWith("cc2cc_signed_in=")) ?? "";
    expect(mark).toMatch(/^cc2cc_signed_in=1; .*Expires=/);
    expect(mark).not.toContain("HttpOnly");
    expect((await whoAmI("cc2cc_signed_in=1")).status).toBe(401);
  });

  it("makes the cookie Secure where the browser came by https", async () => {
    const { headers } = await call("POST /api/session", {
      key: null,
      body: { key: KEY },
      headers: { "x-forwarded-proto": "https" },
    });
    expect(headers.get("set-cookie")).toContain("Secure");
  });

  it("says who it is, by a minted key too", async () => {
    const { key } = await mint("observer");
    const { cookie } = await signIn(key);
    expect((await whoAmI(cookie)).body).toEqual({
      scope: "observer",
      name: "a observer",
      expiresAt: expect.any(String),
    });
    expect((await call("GET /api/session", { key })).body).toEqual({ scope: "observer", name: "a observer" });
  });

  it("holds over a crash, until its time is over", async () => {
    const clock = useClock();
    const { cookie } = await signIn();
    await crash();
    expect((await whoAmI(cookie)).status).toBe(200);
    clock.advance(SESSION_MS - 60_000);
    expect((await whoAmI(cookie)).status).toBe(200);
    clock.advance(120_000);
    expect(await whoAmI(cookie)).toMatchObject(problemWith(401, "unauthorized"));
  });

  it("is another cookie for each port, since browsers give all ports of a host the same ones", async () => {
    const at = (host: string) => call("POST /api/session", { key: null, body: { key: KEY }, headers: { host } });
    const one = (await at("hub:3100")).headers.getSetCookie().map((cookie) => cookie.split("=", 1)[0]);
    expect(one).toEqual(["cc2cc_session_3100", "cc2cc_signed_in_3100"]);
    const { headers } = await at("hub:3200");
    const cookie = headers.getSetCookie()[0]?.split(";", 1)[0] as string;
    const ask = (host: string) => call("GET /api/session", { key: null, headers: { cookie, host } });
    expect([(await ask("hub:3200")).status, (await ask("hub:3100")).status]).toEqual([200, 401]);
  });

  it("is signed: neither its end nor its key can be changed", async () => {
    const { cookie } = await signIn();
    const { key } = await mint("observer");
    const other = await signIn(key);
    const [keyId, expiresAt, nonce, signature] = partsOf(cookie);
    const [otherId, , otherNonce, otherSignature] = partsOf(other.cookie);
    for (const forged of [
      `${keyId}.${Number(expiresAt) + 1}.${nonce}.${signature}`,
      `${otherId}.${expiresAt}.${nonce}.${signature}`,
      `${keyId}.${expiresAt}.${otherNonce}.${signature}`,
      `${keyId}.${expiresAt}.${nonce}.${otherSignature}`,
      `${keyId}.${expiresAt}.${nonce}.${"0".repeat(64)}`,
      `${keyId}.${expiresAt}.${signature}`,
      `${keyId}.${expiresAt}.${nonce}`,
      `${keyId}.${expiresAt}`,
    ]) {
      expect(await whoAmI(`cc2cc_session=${forged}`)).toMatchObject(problemWith(401, "unauthorized"));
    }
  });

  it.each([{}, { key: "" }, { key: 1 }, [], "x"])("refuses %o", async (body) => {
    const answer = await call("POST /api/session", { key: null, body: JSON.stringify(body) });
    expect(answer).toMatchObject(problemWith(400, "invalid_payload"));
  });

  it("is refused to pages of other sites", async () => {
    const from = (origin: string) => call("POST /api/session", { key: null, body: { key: KEY }, headers: { origin } });
    expect(await from("http://evil.example")).toMatchObject(problemWith(403, "forbidden"));
    expect((await from("http://hub")).status).toBe(200);
  });
});

describe("POST /api/session/links", () => {
  const trade = (code: string) => call("POST /api/session", { key: null, body: { code } });

  async function makeLink(options: RequestOptions = {}): Promise<{ code: string; expiresAt: string }> {
    const { status, body } = await call("POST /api/session/links", options);
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body as { code: string; expiresAt: string };
  }

  it("signs in once, as the key of who made it", async () => {
    const { id, key } = await mint("admin");
    const { code } = await makeLink({ key });
    expect(code).toMatch(/^[0-9a-f]{32}$/);
    const signedIn = await trade(code);
    expect(signedIn).toMatchObject({ status: 200, body: { scope: "admin", name: "a admin" } });
    const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";", 1)[0] as string;
    expect((await whoAmI(cookie)).status).toBe(200);
    expect(await trade(code)).toMatchObject(problemWith(401, "unauthorized"));
    await call(`DELETE /api/keys/${id}`);
    expect((await whoAmI(cookie)).status).toBe(401);
  });

  it("is made by a session as well, and works at the same moment for one of two only", async () => {
    const { cookie } = await signIn();
    const { code } = await makeLink({ key: null, headers: { cookie, origin: "http://hub" } });
    const statuses = (await Promise.all([trade(code), trade(code)])).map((answer) => answer.status);
    expect(statuses.sort()).toEqual([200, 401]);
  });

  it("is over after ten minutes, and with its key", async () => {
    const clock = useClock();
    const since = Date.now();
    const { code, expiresAt } = await makeLink();
    expect(Date.parse(expiresAt)).toBeGreaterThanOrEqual(since + LINK_MS);
    expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + LINK_MS);
    const later = await makeLink();
    clock.advance(LINK_MS - 1_000);
    expect((await trade(later.code)).status).toBe(200);
    clock.advance(1_000);
    expect(await trade(code)).toMatchObject(problemWith(401, "unauthorized"));
    const { id, key } = await mint("admin");
    const ofRevoked = await makeLink({ key });
    await call(`DELETE /api/keys/${id}`);
    expect(await trade(ofRevoked.code)).toMatchObject(problemWith(401, "unauthorized"));
  });

  it("is for admins to make, and its code is nowhere in the directory", async () => {
    const { key } = await mint("member");
    expect(await call("POST /api/session/links", { key })).toMatchObject(problemWith(403, "forbidden"));
    const { code } = await makeLink();
    const rows = await runInDurableObject(directoryOf(env), (_, { storage }) =>
      storage.sql.exec("SELECT * FROM session_links").toArray(),
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(code);
  });
});

async function openStream(headers: Record<string, string>): Promise<WebSocket> {
  const { webSocket } = await exports.default.fetch("http://hub/ws/dashboard", {
    headers: { upgrade: "websocket", ...headers },
  });
  webSocket?.accept();
  return webSocket as WebSocket;
}

describe("DELETE /api/session", () => {
  it("takes the cookie away, also where there is none", async () => {
    for (const headers of [await signIn(), {}]) {
      const answer = await call("DELETE /api/session", { key: null, headers: headers as Record<string, string> });
      expect(answer).toMatchObject({ status: 200, body: { signedOut: true } });
      expect(answer.headers.get("set-cookie")).toMatch(/^cc2cc_session=;.*Max-Age=0/);
      expect(answer.headers.get("set-cookie")).toMatch(/cc2cc_signed_in=;[^,]*Max-Age=0/);
    }
  });

  it("ends the session wherever its cookie is, over a crash, and no other of its key", async () => {
    const { cookie } = await signIn();
    const other = await signIn();
    expect(other.cookie).not.toBe(cookie);
    expect((await whoAmI(cookie)).status).toBe(200);
    await call("DELETE /api/session", { key: null, headers: { cookie, origin: "http://hub" } });
    expect(await whoAmI(cookie)).toMatchObject(problemWith(401, "unauthorized"));
    await crash();
    expect(await whoAmI(cookie)).toMatchObject(problemWith(401, "unauthorized"));
    expect((await whoAmI(other.cookie)).status).toBe(200);
    const upgrade = await requestUpgrade({ instanceId: freshIds().a }, { cookie, origin: "http://hub" });
    expect(upgrade.status).toBe(401);
  });

  it("closes what came with the session, pages and streams of other tabs, and nothing else (4003)", async () => {
    const { cookie } = await signIn();
    const other = await signIn();
    const headers = { cookie, origin: "http://hub" };
    const tab = await TestClient.connect(freshIds().a, { headers });
    const bystander = await TestClient.connect(freshIds().b, { headers: { ...headers, cookie: other.cookie } });
    const stream = await openStream(headers);
    const closed = new Promise<number>((resolve) => stream.addEventListener("close", (event) => resolve(event.code)));
    await call("DELETE /api/session", { key: null, headers });
    expect(await tab.untilClosed()).toMatchObject({ code: 4003 });
    expect(await closed).toBe(4003);
    expect(await bystander.ask({ action: "ping", to: "nobody@here:x/1" })).toMatchObject({ online: false });
  });

  it("is refused to pages of other sites", async () => {
    const { cookie } = await signIn();
    const headers = { cookie, origin: "http://evil.example" };
    expect(await call("DELETE /api/session", { key: null, headers })).toMatchObject(problemWith(403, "forbidden"));
    expect((await whoAmI(cookie)).status).toBe(200);
  });
});

// Last in its file: the count of failures is the hub's, and outlives the test.
describe("guessing", () => {
  it("tells who tries one after another to wait, and keeps no right key and no fresh link out", async () => {
    const clock = useClock();
    // The failures of the tests above are over.
    clock.advance(SIGN_IN_WINDOW_MS);
    const attempt = (key: string) => call("POST /api/session", { key: null, body: { key } });
    const attemptCode = (code: string) => call("POST /api/session", { key: null, body: { code } });
    const wrong = (i: number) => (i % 2 === 0 ? attempt(`wrong-${i}`) : attemptCode(`wrong-${i}`));
    for (let i = 0; i < SIGN_IN_FAILURES; i++) {
      expect(await wrong(i)).toMatchObject(problemWith(401, "unauthorized"));
    }
    for (let i = 0; i < 4; i++) {
      const refused = await wrong(i);
      expect(refused).toMatchObject(problemWith(429, "rate_limited"));
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect((await attempt(KEY)).status).toBe(200);
    const { code } = (await call("POST /api/session/links")).body as { code: string };
    expect((await attemptCode(code)).status).toBe(200);
    expect((await attempt((await mint("observer")).key)).status).toBe(200);
    clock.advance(60_000);
    expect(await attempt("wrong")).toMatchObject(problemWith(401, "unauthorized"));
  });
});
