/** `/mcp` at the door: who comes in, under which id, and what is refused with what. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it } from "vitest";
import { mcpOf } from "../durable-objects/env.ts";
import type { McpSession } from "../durable-objects/mcp/mcp-session.ts";
import { MCP_PRESENCE_MS } from "../shared/limits.ts";
import type { InstanceInfo } from "../shared/message.ts";
import { useClock } from "../test/helpers/workerd/clock.ts";
import { crash, crashExchange, freshIds } from "../test/helpers/workerd/hub.ts";
import { type Answer, call, mint, problemWith, type RequestOptions, signIn } from "../test/helpers/workerd/rest.ts";
import { TestClient } from "../test/helpers/workerd/test-client.ts";
import { MCP_VERSIONS } from "./mcp.ts";

const KEY = env.CC2CC_HUB_API_KEY as string;
const INITIALIZE = {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "test", version: "1" },
};

function rpc(method: string, options: RequestOptions & { params?: object } = {}): Promise<Answer> {
  const { params = {}, headers, ...more } = options;
  return call("POST /mcp", {
    body: { jsonrpc: "2.0", id: 1, method, params },
    ...more,
    headers: { accept: "application/json, text/event-stream", ...headers },
  });
}

/** What a tool answers as whom it was called; its error's text where it fails. */
async function status(options: RequestOptions & { meta?: object } = {}): Promise<Record<string, unknown>> {
  const { meta, ...more } = options;
  const answer = await rpc("tools/call", { params: { name: "hub_status", arguments: {}, _meta: meta }, ...more });
  if (answer.status !== 200) return answer as unknown as Record<string, unknown>;
  const [, json = ""] = /^data: (.*)$/m.exec(String(answer.body)) ?? [];
  return JSON.parse(JSON.parse(json).result.content[0].text);
}

async function beginSession(options: RequestOptions): Promise<string> {
  const answer = await rpc("initialize", { params: INITIALIZE, ...options });
  expect(answer.status).toBe(200);
  return String(answer.headers.get("mcp-session-id"));
}

const as = (partial: string, session?: string) => ({
  "x-cc2cc-instance": partial,
  ...(session === undefined ? {} : { "x-cc2cc-session": session }),
});

describe("a credential", () => {
  it("is a key in Authorization, and nothing else: no cookie, no subprotocol, no ?key=", async () => {
    const { cookie } = await signIn();
    const { partial } = freshIds();
    const headers = as(partial, "x");
    const without = problemWith(401, "unauthorized");
    expect(await rpc("tools/list", { headers })).toMatchObject({ status: 200 });
    expect(await rpc("tools/list", { key: null, headers })).toMatchObject(without);
    const origin = { origin: "http://hub", "sec-fetch-site": "same-origin" };
    expect(await rpc("tools/list", { key: null, headers: { ...headers, ...origin, cookie } })).toMatchObject(without);
    const subprotocol = { "sec-websocket-protocol": `cc2cc.v2, bearer.${btoa(KEY).replaceAll("=", "")}` };
    expect(await rpc("tools/list", { key: null, headers: { ...headers, ...subprotocol } })).toMatchObject(without);
    expect(await call(`POST /mcp?key=${KEY}`, { key: null, headers, body: {} })).toMatchObject(without);
    expect(await rpc("tools/list", { key: "wrong", headers: { ...headers, cookie } })).toMatchObject(without);
  });

  it("is of scope member at least", async () => {
    const { key } = await mint("observer");
    expect(await rpc("tools/list", { key, headers: as("o@h:p", "x") })).toMatchObject(problemWith(403, "forbidden"));
  });

  it("does not help a page of another origin, nor one of an unknown host", async () => {
    const headers = as(freshIds().partial, "x");
    const foreign = { ...headers, origin: "https://evil.example" };
    expect(await rpc("tools/list", { headers: foreign })).toMatchObject(problemWith(403, "forbidden"));
    expect(await rpc("tools/list", { headers: { ...headers, origin: "http://hub" } })).toMatchObject({ status: 200 });
    const settings = { CC2CC_DASHBOARD_ORIGIN: "https://evil.example" };
    expect(await rpc("tools/list", { headers: foreign, settings })).toMatchObject({ status: 200 });
    const rebound = { ...headers, host: "hub.evil.example" };
    expect(await rpc("tools/list", { headers: rebound })).toMatchObject(problemWith(403, "forbidden"));
  });
});

describe("the protocol", () => {
  it("is what the SDK speaks; a later version is refused as clients of it expect from an older server", async () => {
    expect(MCP_VERSIONS).toEqual(SUPPORTED_PROTOCOL_VERSIONS);
    const headers = as(freshIds().partial);
    for (const version of MCP_VERSIONS) {
      const session = { ...headers, "x-cc2cc-session": "x", "mcp-protocol-version": version };
      expect(await rpc("tools/list", { headers: session })).toMatchObject({ status: 200 });
    }
    const discover = await rpc("server/discover", { headers: { ...headers, "mcp-protocol-version": "2026-07-28" } });
    expect(discover).toMatchObject({ status: 400, body: { jsonrpc: "2.0", error: { code: -32_000 }, id: null } });
    expect(JSON.stringify(discover.body)).toContain("2025-11-25");
    expect(await rpc("tools/list", { headers: { ...headers, "mcp-protocol-version": "yesterday" } })).toMatchObject({
      status: 400,
    });
    // Neither the version nor a session: no answer that a server of 2026-07-28 would give.
    expect(await rpc("server/discover", { headers })).toMatchObject(problemWith(400, "invalid_payload"));
  });

  it.each([
    ["not JSON", "{", 400, "invalid_json"],
    ["a batch", "[]", 400, "invalid_payload"],
    ["a number", "1", 400, "invalid_payload"],
    ["more than a message can need", `{"x":"${"x".repeat(1_048_576)}"}`, 413, "content_too_large"],
  ] as const)("takes one message; %s is refused", async (_, body, httpStatus, code) => {
    const headers = as(freshIds().partial, "x");
    expect(await call("POST /mcp", { body, headers })).toMatchObject(problemWith(httpStatus, code));
  });

  it("takes POST and DELETE, and JSON", async () => {
    const headers = as(freshIds().partial, "x");
    const wrong = await call("GET /mcp", { headers: { ...headers, accept: "text/event-stream" } });
    expect(wrong).toMatchObject(problemWith(405, "method_not_allowed"));
    expect(wrong.headers.get("allow")).toBe("POST, DELETE");
    const text = { ...headers, "content-type": "text/plain" };
    expect(await call("POST /mcp", { body: "{}", headers: text })).toMatchObject(
      problemWith(415, "unsupported_media_type"),
    );
    expect(await call("POST /mcp", { body: { jsonrpc: "2.0", id: 1, method: "ping" }, headers })).toMatchObject({
      status: 406,
    });
  });

  it("answers what no tool is, and arguments that none takes, in its own words", async () => {
    const headers = as(freshIds().partial, "x");
    const unknown = await rpc("tools/call", { headers, params: { name: "nonsense", arguments: {} } });
    expect(String(unknown.body)).toMatch(/nonsense not found/);
    const wrong = await rpc("tools/call", { headers, params: { name: "ping", arguments: { to: 1 } } });
    expect(String(wrong.body)).toContain("must be a string at to");
    expect(String((await rpc("nonsense", { headers })).body)).toContain("-32601");
  });
});

describe("an instance", () => {
  it("is what the key is for, where that is one address, and cannot be another", async () => {
    const { partial } = freshIds();
    const { key } = await mint("member", { pattern: partial });
    expect(await status({ key, headers: { "x-cc2cc-session": "s" } })).toMatchObject({ instanceId: `${partial}/s` });
    expect(await status({ key, headers: as(partial, "s") })).toMatchObject({ instanceId: `${partial}/s` });
    const other = as(freshIds().partial, "s");
    expect(await status({ key, headers: other })).toMatchObject(problemWith(403, "forbidden"));
  });

  it("is named by a header where the key leaves it open", async () => {
    const bare = { "x-cc2cc-session": "s" };
    const unnamed = problemWith(400, "invalid_instance_id");
    const { key } = await mint("member", { pattern: "wild@*" });
    for (const options of [{ headers: bare }, { key, headers: bare }]) {
      expect(await status(options)).toMatchObject(unnamed);
    }
    expect(await status({ key, headers: as("wild@h:p", "s") })).toMatchObject({ instanceId: "wild@h:p/s" });
    expect(await status({ key, headers: as("mild@h:p", "s") })).toMatchObject(problemWith(403, "forbidden"));
    for (const name of ["nobody", "u@h:p/s", "role:x"]) {
      expect(await status({ headers: as(name, "s") })).toMatchObject(unnamed);
    }
  });

  it("[C8] [W3] is held by the key that had it first: another member's cannot have it, read its mail or disturb it", async () => {
    const { partial } = freshIds();
    const [{ key: mine }, { key: other }] = [await mint("member"), await mint("member")];
    const headers = as(partial, "s");
    expect(await status({ key: mine, headers })).toMatchObject({ connected: true });
    const peer = await TestClient.connect(freshIds().b);
    await peer.ask({ action: "send_message", to: `${partial}/s`, type: "task", content: "secret" });
    const params = { name: "get_messages", arguments: {} };
    const stolen = String((await rpc("tools/call", { key: other, headers, params })).body);
    expect(stolen).toMatch(/held by another secret/);
    expect(stolen).not.toContain('"secret"');
    expect(await status({ key: other, headers })).toMatchObject({ connected: false, missing: expect.any(String) });
    expect(String((await rpc("tools/call", { key: mine, headers, params })).body)).toContain("secret");
    // On a socket neither: the secret follows from the key, which nobody else has.
    await expect(TestClient.connect(`${partial}/s`)).rejects.toThrow(/identity_taken/);
  });

  it("[C8] inside another key's pattern is refused", async () => {
    const { partial } = freshIds();
    await mint("member", { pattern: partial });
    const { key } = await mint("member");
    expect(await status({ key, headers: as(partial, "s") })).toMatchObject({ connected: false });
  });
});

describe("presence", () => {
  const row = async (partial: string) => {
    const { body } = await call("GET /api/instances");
    return (body as InstanceInfo[]).find(({ instanceId }) => instanceId === `${partial}/s`);
  };
  const letPass = (partial: string, ms: number) =>
    runInDurableObject(mcpOf(env, `${partial}/s`), (session) => (session as McpSession).look(Date.now() + ms));

  it("[W4] lasts for five minutes after the last call, and as long as one is open", async () => {
    const { partial } = freshIds();
    const headers = as(partial, "s");
    await status({ headers });
    await letPass(partial, MCP_PRESENCE_MS - 1_000);
    expect(await row(partial)).toMatchObject({ status: "online", delivery: "pull" });
    const waiting = rpc("tools/call", { headers, params: { name: "wait_for_message", arguments: {} } });
    // The one call is answered while the other is open.
    await status({ headers });
    await letPass(partial, MCP_PRESENCE_MS);
    expect(await row(partial)).toMatchObject({ status: "online" });
    const peer = await TestClient.connect(freshIds().b);
    await peer.ask({ action: "send_message", to: `${partial}/s`, type: "task", content: "the end" });
    expect(String((await waiting).body)).toContain("the end");
    await letPass(partial, MCP_PRESENCE_MS);
    await expect.poll(async () => (await row(partial))?.status).toBe("offline");
    const late = await peer.ask({ action: "send_message", to: `${partial}/s`, type: "task", content: "late" });
    expect(late).toMatchObject({ queued: true });
    // What it was handed is confirmed by its next call, however late that is.
    const params = { name: "get_messages", arguments: {} };
    const next = String((await rpc("tools/call", { headers, params })).body);
    expect(next).toContain("late");
    expect(next).not.toContain("the end");
  });

  it("[C11] of any client that pulls is told, as long as it is online", async () => {
    const { a, b } = freshIds();
    const peer = await TestClient.connect(b);
    const puller = await TestClient.connect(a, { query: { delivery: "pull" } });
    const delivery = async () => {
      const { instances } = await peer.ask({ action: "list_instances" });
      return instances?.find(({ instanceId }) => instanceId === a)?.delivery;
    };
    expect(await delivery()).toBe("pull");
    await crashExchange();
    await expect.poll(delivery).toBe("pull");
    puller.close();
    await expect.poll(delivery).toBeUndefined();
    await TestClient.connect(a);
    expect(await delivery()).toBeUndefined();
    const sent = await peer.ask({ action: "send_message", to: a, type: "task", content: "x" });
    expect(sent).not.toHaveProperty("warning");
  });
});

it("[W6] a call that is cancelled long after its result was written is one whose result came too late", async () => {
  const clock = useClock();
  const { partial } = freshIds();
  const headers = as(partial, "s");
  await status({ headers });
  const peer = await TestClient.connect(freshIds().b);
  await peer.ask({ action: "send_message", to: `${partial}/s`, type: "task", content: "too late" });
  const take = async () => {
    const params = { name: "get_messages", arguments: {} };
    const isGiven = String((await rpc("tools/call", { headers, params })).body).includes("too late");
    clock.advance(5_000);
    const body = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
    const accept = "application/json, text/event-stream";
    expect((await call("POST /mcp", { headers: { ...headers, accept }, body })).status).toBe(202);
    return isGiven;
  };
  // However often: it is no habit, since it comes late.
  for (let n = 0; n < 3; n++) expect(await take()).toBe(true);
});

describe("a session", () => {
  it("[W2] is that of the id that initialize gave, for this key and address only", async () => {
    const { partial } = freshIds();
    const headers = as(partial);
    const id = await beginSession({ headers });
    const { instanceId } = await status({ headers: { ...headers, "mcp-session-id": id } });
    expect(instanceId).toBe(`${partial}/${id.split(".")[0]}`);
    await crash();
    expect(await status({ headers: { ...headers, "mcp-session-id": id } })).toMatchObject({ instanceId });
    const unknown = problemWith(404, "not_found");
    const { key } = await mint("member");
    expect(await status({ key, headers: { ...headers, "mcp-session-id": id } })).toMatchObject(unknown);
    const elsewhere = { ...as(freshIds().partial), "mcp-session-id": id };
    expect(await status({ headers: elsewhere })).toMatchObject(unknown);
    for (const wrong of ["x", "", `${id}0`, `x${id}`, id.toUpperCase(), `${id.split(".")[0]}.a.b.c`]) {
      const named = { ...as(partial, "named"), "mcp-session-id": wrong };
      expect(await status({ headers: named, meta: { threadId: "t" } })).toMatchObject(unknown);
    }
  });

  it("[W1] is the thread of a call, else the id's, else the name in a header, else none", async () => {
    const { partial } = freshIds();
    const named = as(partial, "named");
    const id = await beginSession({ headers: named });
    const both = { ...as(partial, "other"), "mcp-session-id": id };
    expect(await status({ headers: both })).toMatchObject({ instanceId: `${partial}/named` });
    expect(await status({ headers: both, meta: { threadId: "th/1" } })).toMatchObject({
      instanceId: `${partial}/th-1`,
    });
    expect(await status({ headers: as(partial, "other") })).toMatchObject({ instanceId: `${partial}/other` });
    expect(await status({ headers: as(partial) })).toMatchObject(problemWith(400, "invalid_payload"));
  });

  it("[W2] ends with DELETE: its id is unknown, another of the same name is not", async () => {
    const { partial } = freshIds();
    const [first, second] = [
      await beginSession({ headers: as(partial, "n") }),
      await beginSession({ headers: as(partial, "n") }),
    ];
    const withId = (id: string) => ({ ...as(partial), "mcp-session-id": id });
    expect((await call("DELETE /mcp", { headers: withId(first) })).status).toBe(204);
    expect(await status({ headers: withId(first) })).toMatchObject(problemWith(404, "not_found"));
    expect(await call("DELETE /mcp", { headers: withId(first) })).toMatchObject(problemWith(404, "not_found"));
    expect(await status({ headers: withId(second) })).toMatchObject({ instanceId: `${partial}/n` });
    expect(await call("DELETE /mcp", { headers: as(partial) })).toMatchObject(problemWith(400, "invalid_payload"));
  });

  it("[C10] that its client has not named is in no list once it is gone and nothing waits for it", async () => {
    const { partial } = freshIds();
    const ids = async () => {
      const { body } = await call("GET /api/instances");
      return (body as { instanceId: string }[]).map(({ instanceId }) => instanceId.split("/")[0]);
    };
    const headers = { ...as(partial), "mcp-session-id": await beginSession({ headers: as(partial) }) };
    await status({ headers });
    expect(await ids()).toContain(partial);
    await call("DELETE /mcp", { headers });
    await expect.poll(ids).not.toContain(partial);
  });
});
