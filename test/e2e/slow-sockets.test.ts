/** Strangers who hold requests back, and a hub that may not open many files: neither takes the hub away from who has a key. */
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import {
  BODY_DEADLINE_MS,
  SIGN_IN_BODY_MAX_BYTES,
  STATIC_RESPONSES_MAX,
  STRANGERS_BODIES_MAX,
} from "../../shared/limits.ts";
import { socketsWithin } from "../../shared/open-files.ts";
import type { RunningHub } from "../helpers/hub.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";
import { TestSocket } from "../helpers/test-socket.ts";

const MANY = 1_000;
/** Connections that are opened at once: more would only test the backlog of the port. */
const AT_ONCE = 100;

const HEAD = "POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
/** All but the end of a body: what stands there could still become a sign-in. */
const CHUNK = " ".repeat(SIGN_IN_BODY_MAX_BYTES - 100);
const SLOW_SIGN_IN = `${HEAD}Transfer-Encoding: chunked\r\n\r\n${CHUNK.length.toString(16)}\r\n${CHUNK}\r\n`;
const LARGE_SIGN_IN = `${HEAD}Content-Length: 1000000\r\n\r\n`;

/** A request as it is, and what came back. */
async function openRaw({ port }: RunningHub, text: string): Promise<{ socket: Socket; answer: () => string }> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let answer = "";
  socket.on("error", () => undefined).on("data", (data) => (answer += data));
  await once(socket, "connect");
  socket.write(text);
  return { socket, answer: () => answer };
}

async function openMany(hub: RunningHub, text: string) {
  const opened: Awaited<ReturnType<typeof openRaw>>[] = [];
  while (opened.length < MANY) {
    opened.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => openRaw(hub, text)))));
  }
  return opened;
}

const openFilesOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

const isMemberServed = async (hub: RunningHub) =>
  (await fetch(`${hub.url}/api/instances`, { headers: { authorization: `Bearer ${hub.key}` } })).status;
const signIn = async (hub: RunningHub) =>
  (
    await fetch(`${hub.url}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ key: hub.key }),
    })
  ).status;

it("serves members, lets them sign in, and lives on while strangers hold a thousand sign-ins back", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const { workerdPid } = hub;
  const member = await TestSocket.openV2(hub, "ann@laptop:api/1");
  const slow = await openMany(hub, SLOW_SIGN_IN);
  expect(await isMemberServed(hub)).toBe(200);
  expect(await signIn(hub)).toBe(200);
  expect(await member.ask({ action: "send_message", to: "ann@laptop:api/1", type: "task", content: "hello" })).toEqual(
    expect.objectContaining({ messageId: expect.any(String) }),
  );
  // Those who waited longest were told that they cannot, and when to come back; the others are let be until their time is over.
  const refused = () => slow.filter(({ answer }) => answer().startsWith("HTTP/1.1 503 ")).length;
  await expect.poll(refused).toBeGreaterThanOrEqual(MANY - STRANGERS_BODIES_MAX);
  const text = slow.find(({ answer }) => answer() !== "")?.answer() ?? "";
  expect(text).toMatch(/retry-after: 1\r\n/i);
  expect(text).toContain("send it again");
  const late = () => slow.filter(({ answer }) => answer().startsWith("HTTP/1.1 408 ")).length;
  await expect.poll(() => refused() + late(), { timeout: BODY_DEADLINE_MS * 4 }).toBe(MANY);
  expect(late()).toBeGreaterThan(0);
  expect(hub.workerdPid).toBe(workerdPid);
});

it("reads nothing of a body that is too large, or that comes without a key to where one is wanted", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const large = await openRaw(hub, LARGE_SIGN_IN);
  await expect.poll(large.answer).toMatch(/^HTTP\/1\.1 413 /);
  const strange = await openRaw(hub, LARGE_SIGN_IN.replace("/api/session", "/api/topics"));
  await expect.poll(strange.answer).toMatch(/^HTTP\/1\.1 401 /);
  const known = await openRaw(
    hub,
    LARGE_SIGN_IN.replace("/api/session", "/api/topics/a/publish").replace(
      "Content-Type",
      `Authorization: Bearer ${hub.key}\r\nContent-Type`,
    ),
  );
  // It is waited for: a message may be as large as that.
  await expect.poll(known.answer, { timeout: BODY_DEADLINE_MS * 4 }).toMatch(/^HTTP\/1\.1 408 /);
});

it.runIf(process.platform === "linux")("gives up on strangers who ask for the page and do not take it", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const { workerdPid } = hub;
  const assets = "dashboard/dist/assets";
  const largest = readdirSync(assets).sort(
    (a, b) => statSync(join(assets, b)).size - statSync(join(assets, a)).size,
  )[0];
  // More than the buffers on the way hold.
  const asked = `GET /assets/${largest} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(40);
  const idle = openFilesOf(workerdPid);
  for (let i = 0; i < MANY / 2; i++) {
    const socket = connect(hub.port, "127.0.0.1").pause();
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(asked);
  }
  // Three files each: two of the connection, and what it asked for.
  await expect
    .poll(() => openFilesOf(workerdPid) - idle, { timeout: 40_000 })
    .toBeLessThan(3 * STATIC_RESPONSES_MAX + 100);
  expect(await isMemberServed(hub)).toBe(200);
  expect((await fetch(hub.url)).status).toBe(200);
  expect(hub.workerdPid).toBe(workerdPid);
});

it("refuses connections in words before its open files end, and serves who is connected", async () => {
  const openFiles = 400;
  const hub = await startTestHub({ dataDir: makeTempDir(), openFiles });
  const { workerdPid } = hub;
  const max = socketsWithin(openFiles);
  const sockets: TestSocket[] = [];
  for (let i = 0; i < max; i++) sockets.push(await TestSocket.openV2(hub, `ann@laptop:api/${i}`));
  const headers = { connection: "Upgrade", upgrade: "websocket", authorization: `Bearer ${hub.key}` };
  const upgrade = await openRaw(
    hub,
    [
      "GET /ws/plugin?instanceId=one@too:many/1 HTTP/1.1",
      "Host: localhost",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      "\r\n",
    ].join("\r\n"),
  );
  await expect.poll(upgrade.answer).toMatch(/^HTTP\/1\.1 503 .*\r\n/);
  await expect.poll(upgrade.answer).toContain(`limit of ${openFiles} open files`);
  expect(upgrade.answer()).toMatch(/retry-after: 10\r\n/i);
  const [first] = sockets as [TestSocket];
  expect(await first.ask({ action: "ping", to: `ann@laptop:api/${max - 1}` })).toMatchObject({ online: true });
  // One goes, another may come.
  sockets.at(-1)?.ws.close();
  await expect
    .poll(() =>
      TestSocket.openV2(hub, "one@more:api/1").then(
        () => "in",
        () => "refused",
      ),
    )
    .toBe("in");
  expect(hub.workerdPid).toBe(workerdPid);
});

it("keeps no file open for a topic, as it does for a client", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir(), env: { CC2CC_RATE_FRAMES: "0" } });
  const openFiles = () => readdirSync(`/proc/${hub.workerdPid}/fd`).length;
  const ask = (path: string, body: object) =>
    fetch(`${hub.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${hub.key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const publishIn = async (name: string) => {
    await ask("/api/topics", { name });
    const { status } = await ask(`/api/topics/${name}/publish`, { type: "task", content: "news", persistent: true });
    expect(status).toBe(200);
  };
  await publishIn("first");
  const before = openFiles();
  for (let n = 0; n < 100; n++) await publishIn(`topic-${n}`);
  expect(openFiles()).toBeLessThan(before + 10);
  for (let n = 0; n < 10; n++) await TestSocket.openV2(hub, `ann@laptop:api/${n}`);
  expect(openFiles()).toBeGreaterThanOrEqual(before + 10);
});
