/** Signing in and out (section 7). */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { directoryOf } from "../../durable-objects/env.ts";
import { LINK_MS, SESSION_MS, SIGN_IN_FAILURES, SIGN_IN_WINDOW_MS } from "../../shared/limits.ts";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import { crash } from "../../test/helpers/workerd/hub.ts";
import { call, mint, problemWith, type RequestOptions, signIn } from "../../test/helpers/workerd/rest.ts";

const KEY = env.CC2CC_HUB_API_KEY as string;
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

  it("is signed: neither its end nor its key can be changed", async () => {
    const { cookie } = await signIn();
    const { key } = await mint("observer");
    const other = await signIn(key);
    const [keyId, expiresAt, signature] = cookie.slice(cookie.indexOf("=") + 1).split(".") as [string, string, string];
    const [otherId, , otherSignature] = other.cookie.slice(cookie.indexOf("=") + 1).split(".") as [
      string,
      string,
      string,
    ];
    for (const forged of [
      `${keyId}.${Number(expiresAt) + 1}.${signature}`,
      `${otherId}.${expiresAt}.${signature}`,
      `${keyId}.${expiresAt}.${otherSignature}`,
      `${keyId}.${expiresAt}.${"0".repeat(64)}`,
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

describe("DELETE /api/session", () => {
  it("takes the cookie away, also where there is none", async () => {
    for (const headers of [await signIn(), {}]) {
      const answer = await call("DELETE /api/session", { key: null, headers: headers as Record<string, string> });
      expect(answer).toMatchObject({ status: 200, body: { signedOut: true } });
      expect(answer.headers.get("set-cookie")).toMatch(/^cc2cc_session=;.*Max-Age=0/);
      expect(answer.headers.get("set-cookie")).toMatch(/cc2cc_signed_in=;[^,]*Max-Age=0/);
    }
  });
});

// Last in its file: the count of failures is the hub's, and outlives the test.
describe("guessing", () => {
  it("lets nobody try keys and codes one after another", async () => {
    const clock = useClock();
    // The failures of the tests above are over.
    clock.advance(SIGN_IN_WINDOW_MS);
    const attempt = (key: string) => call("POST /api/session", { key: null, body: { key } });
    const attemptCode = (code: string) => call("POST /api/session", { key: null, body: { code } });
    for (let i = 0; i < SIGN_IN_FAILURES; i++) {
      const answer = await (i % 2 === 0 ? attempt(`wrong-${i}`) : attemptCode(`wrong-${i}`));
      expect(answer).toMatchObject(problemWith(401, "unauthorized"));
    }
    const { code } = (await call("POST /api/session/links")).body as { code: string };
    expect(await attemptCode(code)).toMatchObject(problemWith(429, "rate_limited"));
    const refused = await attempt(KEY);
    expect(refused).toMatchObject(problemWith(429, "rate_limited"));
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    clock.advance(60_000);
    expect((await attempt(KEY)).status).toBe(200);
    // What was refused unread is not used up.
    expect((await attemptCode(code)).status).toBe(200);
  });
});
