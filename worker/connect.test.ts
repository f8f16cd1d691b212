/** Sections 1 and 2 at the door: who comes in, who is refused and with what, and who holds an id. */

import { listDurableObjectIds } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { SILENCE_LIMIT_MS } from "../shared/limits.ts";
import { useClock } from "../test/helpers/workerd/clock.ts";
import { crash, crashExchange, freshIds, isKnown, lookForSilence, storeRows } from "../test/helpers/workerd/hub.ts";
import { requestUpgrade, TestClient } from "../test/helpers/workerd/test-client.ts";

const KEY = env.CC2CC_HUB_API_KEY as string;
const SECRET = "a-secret-of-its-own-00";

/** An upgrade with the credentials that the test names, and no others. */
function upgrade(query: Record<string, string>, headers: Record<string, string>): Promise<Response> {
  const request = { headers: { upgrade: "websocket", ...headers } };
  return exports.default.fetch(`http://hub/ws/plugin?${new URLSearchParams(query)}`, request);
}

/** Status and code of a refusal; 101 when it was none. */
async function outcome(response: Response): Promise<{ status: number; code: string | undefined }> {
  response.webSocket?.accept();
  response.webSocket?.close();
  if (response.status === 101) return { status: 101, code: undefined };
  expect(response.webSocket).toBeNull();
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const { code, status, error } = await response.json<{ code: string; status: number; error: string }>();
  expect(status).toBe(response.status);
  expect(error).toMatch(/^\S.*\.$/s);
  return { status, code };
}

function base64Url(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function presence(asker: TestClient, instanceId: string): Promise<string | undefined> {
  const { instances } = await asker.ask({ action: "list_instances" });
  return instances?.find((instance) => instance.instanceId === instanceId)?.status;
}

describe("C3 credentials", () => {
  it.each([
    ["Authorization", {}, { authorization: `Bearer ${KEY}` }],
    ["Authorization, however it is spelt", {}, { authorization: `bearer   ${KEY}` }],
    ["a subprotocol", {}, { "sec-websocket-protocol": `cc2cc.v2, bearer.${base64Url(KEY)}` }],
    ["?key=", { key: KEY }, {}],
  ] as [string, Record<string, string>, Record<string, string>][])("takes the key by %s", async (_, query, headers) => {
    const { a } = freshIds();
    expect(await outcome(await upgrade({ instanceId: a, ...query }, headers))).toEqual({
      status: 101,
      code: undefined,
    });
  });

  it.each([
    ["no credential", {}, {}],
    ["a wrong key", {}, { authorization: "Bearer wrong" }],
    ["an empty key", {}, { authorization: "Bearer " }],
    ["another scheme", {}, { authorization: `Basic ${KEY}` }],
    ["a key with something behind it", {}, { authorization: `Bearer ${KEY}x` }],
    ["a part of the key", {}, { authorization: `Bearer ${KEY.slice(0, -1)}` }],
    ["a wrong ?key=", { key: "wrong" }, {}],
    ["an empty ?key=", { key: "" }, {}],
    ["a subprotocol that is no base64url", {}, { "sec-websocket-protocol": "cc2cc.v2, bearer.%%%" }],
    ["a wrong key in the subprotocol", {}, { "sec-websocket-protocol": `cc2cc.v2, bearer.${base64Url("wrong")}` }],
    // The first credential that is present decides, and only it.
    ["wrong Authorization before a right ?key=", { key: KEY }, { authorization: "Bearer wrong" }],
    [
      "wrong subprotocol before a right ?key=",
      { key: KEY },
      { "sec-websocket-protocol": `bearer.${base64Url("wrong")}` },
    ],
    [
      "wrong Authorization before a right subprotocol",
      {},
      { authorization: "Bearer wrong", "sec-websocket-protocol": `bearer.${base64Url(KEY)}` },
    ],
  ] as [string, Record<string, string>, Record<string, string>][])("refuses %s with 401", async (_, query, headers) => {
    const { a } = freshIds();
    expect(await outcome(await upgrade({ instanceId: a, ...query }, headers))).toEqual({
      status: 401,
      code: "unauthorized",
    });
    expect(await isKnown(a)).toBe(false);
  });

  it.each([
    ["Authorization before a wrong subprotocol", { "sec-websocket-protocol": `bearer.${base64Url("wrong")}` }],
    ["Authorization before a wrong ?key=", {}],
  ])("takes the first that is present: right %s", async (_, headers) => {
    const { a } = freshIds();
    const response = await upgrade({ instanceId: a, key: "wrong" }, { authorization: `Bearer ${KEY}`, ...headers });
    expect((await outcome(response)).status).toBe(101);
  });

  it("asks for the key before it looks at anything else", async () => {
    expect((await outcome(await upgrade({ instanceId: "bad" }, {}))).status).toBe(401);
  });

  it("answers cc2cc.v2 to who asked for it, and nothing to who did not", async () => {
    const { a } = freshIds();
    const asked = await upgrade(
      { instanceId: a, identity: SECRET },
      { "sec-websocket-protocol": `cc2cc.v2, bearer.${base64Url(KEY)}` },
    );
    const unasked = await upgrade({ instanceId: a, identity: SECRET, v: "2", key: KEY }, {});
    expect([asked, unasked].map((r) => [r.status, r.headers.get("sec-websocket-protocol")])).toEqual([
      [101, "cc2cc.v2"],
      [101, null],
    ]);
    for (const response of [asked, unasked]) await outcome(response);
  });
});

describe("C4 instance ids", () => {
  it.each(["", "u", "u@h:p", "u@h:p/s/t", "u u@h:p/s", "ü@h:p/s", "u@h:p/s_1"])(
    "refuses %j with 400",
    async (instanceId) =>
      expect(await outcome(await requestUpgrade({ instanceId }))).toEqual({ status: 400, code: "invalid_instance_id" }),
  );

  it("refuses a missing one with 400", async () =>
    expect(await outcome(await requestUpgrade({}))).toEqual({ status: 400, code: "invalid_instance_id" }));

  it("refuses a request that is no upgrade", async () => {
    const { a } = freshIds();
    const response = await requestUpgrade({ instanceId: a }, { upgrade: "" });
    expect(await outcome(response)).toEqual({ status: 400, code: "invalid_payload" });
  });
});

describe("C5 generations", () => {
  it.each([
    ["v1 by default", {}, {}, "subscriptions:sync"],
    ["v2 by ?v=2", { v: "2" }, {}, "welcome"],
    ["v2 by subprotocol", {}, { "sec-websocket-protocol": "cc2cc.v2" }, "welcome"],
  ] as [string, Record<string, string>, Record<string, string>, string][])("%s", async (_, query, headers, first) => {
    const { a } = freshIds();
    const client = await TestClient.connect(a, { version: 1, query, headers });
    expect(client.frames[0]?.action).toBe(first);
  });
});

describe("C6 liveness", () => {
  it("answers the text ping with pong, also when the object sleeps", async () => {
    const { a } = freshIds();
    const client = await TestClient.connect(a);
    client.sendText("ping");
    await client.until(() => client.texts.includes("pong"), "pong");
    await crashExchange();
    client.sendText("ping");
    await client.until(() => client.texts.filter((text) => text === "pong").length === 2, "pong");
  });

  it("counts who leaves while its link to the store is opened anew as gone", async () => {
    const { a, b, partial } = freshIds();
    const other = await TestClient.connect(b);
    const leaving = await Promise.all(
      [a, ...[1, 2, 3, 4].map((n) => `${partial}/${n}`)].map((id) => TestClient.connect(id)),
    );
    await crashExchange();
    for (const client of leaving) void client.close();
    for (const { instanceId } of leaving) {
      await expect.poll(() => presence(other, instanceId)).toBe("offline");
    }
  });

  it("closes a v2 link that was silent for 75 s with 4008, and counts it as gone", async () => {
    const clock = useClock();
    const { a, b } = freshIds();
    const [silent, other] = [await TestClient.connect(a), await TestClient.connect(b)];
    clock.advance(SILENCE_LIMIT_MS + 1);
    await lookForSilence(a);
    expect((await silent.untilClosed()).code).toBe(4008);
    expect(await presence(other, a)).toBe("offline");
    expect(await other.message(a, "x")).toMatchObject({ queued: true });
  });

  it("keeps one that says anything in time, and a v1 link whatever it says", async () => {
    const clock = useClock();
    const { a, b } = freshIds();
    const v2 = await TestClient.connect(a);
    const v1 = await TestClient.connect(b, { version: 1 });
    clock.advance(SILENCE_LIMIT_MS - 10_000);
    await v2.sync();
    clock.advance(15_000);
    await lookForSilence(a);
    await lookForSilence(b);
    await v2.sync();
    clock.advance(SILENCE_LIMIT_MS);
    await lookForSilence(b);
    expect(await v1.message(a, "still here")).toMatchObject({ queued: false });
    expect([v1.closed, v2.closed]).toEqual([undefined, undefined]);
  });
});

describe("C7 one instance, one live socket", () => {
  it("the newer replaces the older; the close of the older changes nothing", async () => {
    const { a, b } = freshIds();
    const [first, other] = [await TestClient.connect(a), await TestClient.connect(b)];
    const second = await TestClient.connect(a);
    expect(await first.untilClosed()).toEqual({ code: 4001, reason: "replaced by a newer connection" });
    await second.sync();
    expect(await presence(other, a)).toBe("online");
    expect(await other.message(a, "x")).toMatchObject({ queued: false });
    await second.untilDelivered(1);
  });

  it("the twin: the close of the newest does change it", async () => {
    const { a, b } = freshIds();
    const [client, other] = [await TestClient.connect(a), await TestClient.connect(b)];
    await client.close();
    await expect.poll(() => presence(other, a), { interval: 5 }).toBe("offline");
    expect(await other.message(a, "x")).toMatchObject({ queued: true });
  });

  it("many at once leave one that is live and told so", async () => {
    const { a, b } = freshIds();
    const other = await TestClient.connect(b);
    const clients = await Promise.all(Array.from({ length: 8 }, () => TestClient.connect(a)));
    await other.message(a, "to the last one");
    await expect.poll(() => clients.filter((client) => client.closed?.code === 4001).length, { interval: 5 }).toBe(7);
    const [live] = clients.filter((client) => client.closed === undefined);
    await live?.untilDelivered(1);
    expect(clients.flatMap((client) => client.contents)).toContain("to the last one");
    expect(await presence(other, a)).toBe("online");
  });
});

describe("C8 identity is held, not claimed", () => {
  it("the first secret binds the id; another one or none is refused with 409", async () => {
    const { a } = freshIds();
    await TestClient.connect(a, { identity: SECRET });
    const taken = { status: 409, code: "identity_taken" };
    expect(await outcome(await requestUpgrade({ instanceId: a, v: "2", identity: `${SECRET}x` }))).toEqual(taken);
    expect(await outcome(await requestUpgrade({ instanceId: a, v: "2" }))).toEqual(taken);
    expect(await outcome(await requestUpgrade({ instanceId: a }))).toEqual(taken);
  });

  it("a refused connection leaves the one that is there alone", async () => {
    const { a, b } = freshIds();
    const holder = await TestClient.connect(a, { identity: SECRET });
    const sender = await TestClient.connect(b);
    await outcome(await requestUpgrade({ instanceId: a, v: "2" }));
    await sender.message(a, "x");
    await holder.untilDelivered(1);
    expect(holder.closed).toBeUndefined();
  });

  it("the right secret comes in again, also after a crash", async () => {
    const { a } = freshIds();
    await TestClient.connect(a, { identity: SECRET });
    await crash();
    const again = await TestClient.connect(a, { identity: SECRET });
    expect(again.welcome.identityToken).toBeUndefined();
  });

  it("the hub makes a secret for a client that brings none, and tells it once", async () => {
    const { a } = freshIds();
    const client = await TestClient.connect(a, { identity: null });
    const token = client.welcome.identityToken as string;
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const again = await TestClient.connect(a, { identity: token });
    expect(again.welcome.identityToken).toBeUndefined();
    expect((await outcome(await requestUpgrade({ instanceId: a, v: "2" }))).status).toBe(409);
  });

  it("keeps only a hash of the secret", async () => {
    const { a } = freshIds();
    await TestClient.connect(a, { identity: SECRET });
    const rows = await storeRows("SELECT * FROM instances WHERE instance_id = ?", a);
    expect(JSON.stringify(rows)).not.toContain(SECRET);
    expect(rows[0]?.identity_hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(["short", "x".repeat(257), "not base64url: !!!!!!!!!!!!!!!"])(
    "refuses the secret %j with 400",
    async (identity) => {
      const { a } = freshIds();
      expect(await outcome(await requestUpgrade({ instanceId: a, v: "2", identity }))).toEqual({
        status: 400,
        code: "invalid_payload",
      });
    },
  );

  it("a v1 client may take an id that no secret holds, free, offline or online as v1", async () => {
    const { a } = freshIds();
    const first = await TestClient.connect(a, { version: 1 });
    const second = await TestClient.connect(a, { version: 1 });
    expect((await first.untilClosed()).code).toBe(4001);
    await second.close();
    const third = await TestClient.connect(a, { version: 1 });
    await third.sync();
  });

  it("a v2 client may bind an id of v1 while it is offline, not while it is online", async () => {
    const { a, b } = freshIds();
    const other = await TestClient.connect(b);
    const v1 = await TestClient.connect(a, { version: 1 });
    expect(await outcome(await requestUpgrade({ instanceId: a, v: "2", identity: SECRET }))).toEqual({
      status: 409,
      code: "identity_taken",
    });
    await v1.close();
    await expect.poll(() => presence(other, a), { interval: 5 }).toBe("offline");
    await TestClient.connect(a, { identity: SECRET });
    expect((await outcome(await requestUpgrade({ instanceId: a }))).status).toBe(409);
  });
});

describe("what is mistyped leaves nothing behind", () => {
  it("A4 neither an object nor a row nor anything in the log", async () => {
    const { a, b, c } = freshIds();
    const sender = await TestClient.connect(a);
    const before = (await listDurableObjectIds(env.MAILBOX)).length;
    expect(await sender.message(b, "x")).toMatchObject({ code: "unknown_instance" });
    expect(await sender.ask({ action: "ping", to: c })).toMatchObject({ online: false });
    expect(await sender.ask({ action: "status", messageId: crypto.randomUUID() })).toMatchObject({ code: "not_found" });
    expect(await outcome(await requestUpgrade({ instanceId: b }, { authorization: "Bearer wrong" }))).toMatchObject({
      status: 401,
    });
    expect((await listDurableObjectIds(env.MAILBOX)).length).toBe(before);
    const rows = await storeRows("SELECT 1 FROM instances WHERE instance_id IN (?, ?)", b, c);
    expect(rows).toEqual([]);
  });

  it("the twin: one who has connected is there", async () => {
    const { a } = freshIds();
    await TestClient.connect(a);
    expect(await storeRows("SELECT 1 AS n FROM instances WHERE instance_id = ?", a)).toEqual([{ n: 1 }]);
  });
});
