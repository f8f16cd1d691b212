/** What only real HTTP shows of the door: host names, cookies, encoded paths, and what stays out of the log. */
import { request } from "node:http";
import { expect, it } from "vitest";
import WebSocket from "ws";
import type { RunningHub } from "../helpers/hub.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

const ID = "ada@laptop:api/one";

interface Answer {
  status: number;
  body: string;
  cookie: string;
}

/** Not `fetch`, which names the host itself. */
function call(
  hub: RunningHub,
  method: string,
  path: string,
  headers: Record<string, string>,
  body = "",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${hub.url}${path}`, { method, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => {
        const cookie = response.headers["set-cookie"]?.[0]?.split(";", 1)[0] ?? "";
        resolve({ status: response.statusCode ?? 0, body: text, cookie });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Opens a socket and closes it; its upgrade's status, 101 when it was let in. */
function connect(hub: RunningHub, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${hub.url.replace("http", "ws")}${path}`, { headers });
    socket.on("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
    socket.on("error", () => undefined);
    socket.on("open", () => {
      socket.close();
      resolve(101);
    });
  });
}

it("knows its own names, and the one that CC2CC_ALLOWED_HOSTS gives it", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir(), env: { CC2CC_ALLOWED_HOSTS: "hub.example" } });
  const statusAs = async (host: string) => (await call(hub, "GET", "/health", { host })).status;
  expect([await statusAs("hub.example"), await statusAs(`localhost:${hub.port}`)]).toEqual([200, 200]);
  const refused = await call(hub, "GET", "/health", { host: "evil.example" });
  expect(refused.status).toBe(403);
  expect(refused.body).toContain("CC2CC_ALLOWED_HOSTS");
});

it("signs a browser in, lets its page act and connect, and no other page", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const json = { "content-type": "application/json" };
  const { status, cookie } = await call(hub, "POST", "/api/session", json, JSON.stringify({ key: hub.key }));
  expect(status).toBe(200);
  const topic = JSON.stringify({ name: "from/the-page" });
  const actAs = async (origin: string) =>
    (await call(hub, "POST", "/api/topics", { ...json, cookie, origin }, topic)).status;
  expect([await actAs(hub.url), await actAs("http://evil.example")]).toEqual([201, 403]);
  const connectAs = (origin: string) =>
    connect(hub, `/ws/plugin?v=2&instanceId=${encodeURIComponent(ID)}`, { cookie, origin });
  expect([await connectAs(hub.url), await connectAs("http://evil.example")]).toEqual([101, 403]);
  await hub.crash();
  expect((await call(hub, "GET", "/api/session", { cookie })).status).toBe(200);
});

it("takes ids and topic names with their slashes encoded", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const authorization = `Bearer ${hub.key}`;
  const get = async (path: string) => JSON.parse((await call(hub, "GET", path, { authorization })).body) as object;
  expect(await get(`/api/ping/${encodeURIComponent(ID)}`)).toEqual({ online: false, instanceId: ID });
  expect(await get(`/api/topics/${encodeURIComponent("a/b")}/messages`)).toMatchObject({ code: "unknown_topic" });
  expect(await get("/api/ping/a/b")).toMatchObject({ code: "not_found" });
});

it("prints no key, however it came and whatever became of it", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir(), env: { CC2CC_HUB_API_KEY: "k".repeat(40) } });
  const guess = "guess".repeat(8);
  await call(hub, "GET", `/api/instances?key=${hub.key}`, {});
  await call(hub, "GET", `/api/nothing?key=${guess}`, {});
  await call(hub, "POST", `/api/topics?key=${hub.key}`, { "content-type": "application/json" }, "{");
  await connect(hub, `/ws/plugin?key=${guess}&instanceId=${encodeURIComponent(ID)}`, {});
  await connect(hub, `/ws/plugin?key=${hub.key}&instanceId=${encodeURIComponent(ID)}`, {});
  await hub.stop();
  expect(hub.output).not.toContain(hub.key);
  expect(hub.output).not.toContain(guess);
});
