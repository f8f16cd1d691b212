/** A hub behind a proxy that ends TLS under a public name, and pages of another origin. */
import { once } from "node:events";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import WebSocket from "ws";
import { makeCertificate } from "../helpers/certificate.ts";
import { shareHub } from "../helpers/test-hub.ts";
import { startTlsProxy } from "../helpers/tls-proxy.ts";

const TOOLS = "https://tools.example";
const hub = shareHub({ env: { CC2CC_ALLOWED_HOSTS: "hub.example", CC2CC_DASHBOARD_ORIGIN: TOOLS } });

type Headers = Record<string, string>;

/** Talks to the hub by `https://hub.example`, as a browser would. */
async function openPublicDoor() {
  const pair = await makeCertificate({ hosts: ["hub.example"] });
  const port = await startTlsProxy(hub().url, pair);
  const options = (headers: Headers) => ({
    host: "127.0.0.1",
    port,
    ca: pair.cert,
    servername: "hub.example",
    headers: { host: "hub.example", ...headers },
  });
  async function ask(method: string, path: string, headers: Headers = {}, body?: unknown) {
    const asked = request({
      ...options({ "content-type": "application/json", ...headers }),
      method,
      path,
      agent: false,
    });
    asked.end(body === undefined ? "" : JSON.stringify(body));
    const [answer] = await once(asked, "response");
    return { status: answer.statusCode as number, headers: answer.headers, text: await text(answer) };
  }
  async function signIn(): Promise<string> {
    const { headers } = await ask("POST", "/api/session", { origin: "https://hub.example" }, { key: hub().key });
    return String(headers["set-cookie"]);
  }
  /** "open", or the status that refused the upgrade. */
  async function openStream(headers: Headers): Promise<string | number> {
    const socket = new WebSocket(`wss://127.0.0.1:${port}/ws/dashboard`, "cc2cc.v2", options(headers));
    const outcome = await Promise.race([
      once(socket, "open").then(() => "open"),
      once(socket, "unexpected-response").then(([, answer]) => answer.statusCode as number),
    ]);
    socket.on("error", () => undefined);
    socket.terminate();
    return outcome;
  }
  return { ask, signIn, openStream };
}

it("gives a cookie for https only, and one for http to who comes without the proxy", async () => {
  const { signIn } = await openPublicDoor();
  expect(await signIn()).toMatch(/; Secure/);
  const direct = await fetch(`${hub().url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key: hub().key }),
  });
  expect(direct.headers.get("set-cookie")).not.toContain("Secure");
});

it("takes a session's changes and sockets from pages of the public name, and of no other", async () => {
  const { ask, signIn, openStream } = await openPublicDoor();
  const cookie = (await signIn()).split(";", 1)[0] ?? "";
  const create = (origin: string, name: string) => ask("POST", "/api/topics", { cookie, origin }, { name });
  expect((await create("https://hub.example", "own")).status).toBe(201);
  expect((await create("https://evil.example", "foreign")).status).toBe(403);
  expect(await openStream({ cookie, origin: "https://hub.example" })).toBe("open");
  expect(await openStream({ cookie, origin: "https://evil.example" })).toBe(403);
});

it("lets pages of CC2CC_DASHBOARD_ORIGIN read, change and listen, and tells browsers so", async () => {
  const { ask, openStream } = await openPublicDoor();
  const authorization = `Bearer ${hub().key}`;
  const preflight = await ask("OPTIONS", "/api/instances", {
    origin: TOOLS,
    "access-control-request-method": "GET",
    "access-control-request-headers": "authorization",
  });
  expect(preflight.headers).toMatchObject({
    "access-control-allow-origin": TOOLS,
    "access-control-allow-credentials": "true",
  });
  const read = await ask("GET", "/api/instances", { authorization, origin: TOOLS });
  expect([read.status, read.headers["access-control-allow-origin"]]).toEqual([200, TOOLS]);
  const foreign = await ask("GET", "/api/instances", { authorization, origin: "https://evil.example" });
  expect(foreign.headers["access-control-allow-origin"]).toBeUndefined();
  expect(await openStream({ authorization, origin: TOOLS })).toBe("open");
  expect(await openStream({ authorization, origin: "https://evil.example" })).toBe(403);
});

it("names the public address to who installs the plugin", async () => {
  const { ask } = await openPublicDoor();
  expect((await ask("GET", "/marketplace.json")).text).toContain("HUB='https://hub.example'");
  expect((await ask("GET", "/marketplace.json", { host: "other.example" })).status).toBe(403);
});
