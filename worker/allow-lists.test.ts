/** Against DNS rebinding, cross-site requests and cross-site sockets. */
import { describe, expect, it } from "vitest";
import { freshIds } from "../test/helpers/workerd/hub.ts";
import { call, problemWith, signIn } from "../test/helpers/workerd/rest.ts";
import { requestUpgrade } from "../test/helpers/workerd/test-client.ts";
import { isAllowedHost } from "./allow-lists.ts";

const DASHBOARD = "http://dash.example:8029";

describe("the host a request names", () => {
  it.each([
    "192.168.1.20:3100",
    "127.0.0.1",
    "[fd00::1]:3100",
    "localhost:8029",
    "hub",
    "cc2cc-hub:3100",
    "server.local:3100",
    "hub.localhost",
    "cc2cc.ada.workers.dev",
  ])("may be %s", (host) => {
    expect(isAllowedHost(host, {})).toBe(true);
  });

  it.each([
    "evil.example",
    "192.168.1.20.evil.example",
    "localhost.evil.example:3100",
    "evil.local.example",
    "a b",
    "",
  ])("may not be %s", (host) => {
    expect(isAllowedHost(host, {})).toBe(false);
  });

  it("may be one that CC2CC_ALLOWED_HOSTS names, and no other", () => {
    const settings = { CC2CC_ALLOWED_HOSTS: "hub.example, other.example" };
    expect(["hub.example:443", "OTHER.example", "evil.example"].map((host) => isAllowedHost(host, settings))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("is looked at before anything else, and the refusal names the setting", async () => {
    const headers = { host: "evil.example" };
    for (const path of ["/health", "/api/instances", "/"] as const) {
      const refused = await call(`GET ${path}`, { headers, settings: {} });
      expect(refused).toMatchObject(problemWith(403, "forbidden"));
      expect((refused.body as { error: string }).error).toContain("CC2CC_ALLOWED_HOSTS");
    }
    const allowed = await call("GET /health", { headers, settings: { CC2CC_ALLOWED_HOSTS: "evil.example" } });
    expect(allowed.status).toBe(200);
  });
});

describe("a request that a cookie authorises", () => {
  const topic = { name: "csrf" };

  it("changes something for the hub's own page", async () => {
    const { cookie } = await signIn();
    const headers = { cookie, origin: "http://hub" };
    expect((await call("POST /api/topics", { key: null, headers, body: topic })).status).toBeLessThan(300);
  });

  it("changes something for a page that the browser calls same-origin", async () => {
    const { cookie } = await signIn();
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    expect((await call("POST /api/topics", { key: null, headers, body: topic })).status).toBeLessThan(300);
  });

  it("changes something for a page of CC2CC_DASHBOARD_ORIGIN", async () => {
    const { cookie } = await signIn();
    const headers = { cookie, origin: DASHBOARD };
    const settings = { CC2CC_DASHBOARD_ORIGIN: `http://a.example,${DASHBOARD}` };
    expect((await call("POST /api/topics", { key: null, headers, body: topic, settings })).status).toBeLessThan(300);
  });

  it.each([
    { origin: "http://evil.example" },
    { origin: "http://hub:9999" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    {},
  ])("changes nothing with %o", async (from) => {
    const { cookie } = await signIn();
    const headers = { cookie, ...(from as Record<string, string>) };
    expect(await call("DELETE /api/topics/csrf", { key: null, headers })).toMatchObject(problemWith(403, "forbidden"));
  });

  it("reads without an Origin, as a browser does for its own pages, and not for a stranger's", async () => {
    const { cookie } = await signIn();
    expect((await call("GET /api/instances", { key: null, headers: { cookie } })).status).toBe(200);
    const headers = { cookie, origin: "http://evil.example" };
    expect(await call("GET /api/instances", { key: null, headers })).toMatchObject(problemWith(403, "forbidden"));
  });
});

describe("a request that a key authorises", () => {
  it("needs no Origin: no browser adds a key by itself", async () => {
    expect((await call("POST /api/topics", { body: { name: "by-key" } })).status).toBe(201);
  });
});

describe("[C3] an upgrade", () => {
  const connect = (headers: Record<string, string>) => requestUpgrade({ instanceId: freshIds().a, v: "2" }, headers);

  it("comes by cookie from the hub's own page, with an Origin that says so", async () => {
    const headers = { ...(await signIn()), authorization: "" };
    const withoutKey = async (from: Record<string, string>) => {
      const { authorization: _, ...rest } = headers;
      return call(`GET /ws/plugin?v=2&instanceId=${encodeURIComponent(freshIds().a)}`, {
        key: null,
        headers: { upgrade: "websocket", ...rest, ...from },
      });
    };
    expect((await withoutKey({ origin: "http://hub" })).status).toBe(101);
    expect(await withoutKey({})).toMatchObject(problemWith(403, "forbidden"));
    expect(await withoutKey({ origin: "http://evil.example" })).toMatchObject(problemWith(403, "forbidden"));
    expect(await withoutKey({ "sec-fetch-site": "same-origin" })).toMatchObject(problemWith(403, "forbidden"));
  });

  it("comes by key without an Origin, or with an allowed one", async () => {
    expect((await connect({})).status).toBe(101);
    expect((await connect({ origin: "http://hub" })).status).toBe(101);
    expect((await connect({ origin: "http://evil.example" })).status).toBe(403);
  });
});

describe("CORS", () => {
  const settings = { CC2CC_DASHBOARD_ORIGIN: DASHBOARD };

  it("answers the pages of CC2CC_DASHBOARD_ORIGIN, preflight included", async () => {
    const read = await call("GET /api/instances", { headers: { origin: DASHBOARD }, settings });
    expect(read.headers.get("access-control-allow-origin")).toBe(DASHBOARD);
    const headers = { origin: DASHBOARD, "access-control-request-method": "DELETE" };
    const preflight = await call("OPTIONS /api/topics/x", { key: null, headers, settings });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toContain("DELETE");
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PATCH");
  });

  it("answers no other page", async () => {
    for (const origin of ["http://evil.example", "http://hub"]) {
      const { headers } = await call("GET /api/instances", { headers: { origin }, settings });
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});
