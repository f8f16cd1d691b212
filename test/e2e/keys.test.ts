/** Keys of the environment over the life of a hub: changed without losing anything, and traded for links. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import WebSocket from "ws";
import type { KeyInfo } from "../../shared/keys.ts";
import type { RunningHub } from "../helpers/hub.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { StreamClient } from "../helpers/stream-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";
import { TestSocket } from "../helpers/test-socket.ts";

const [OLD, NEW] = [`cc2cc_${"0".repeat(64)}`, `cc2cc_${"1".repeat(64)}`];
const [ALICE, BOB] = ["alice@laptop:web/one", "bob@laptop:api/two"];

function get(hub: RunningHub, path: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`${hub.url}${path}`, { headers });
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

async function signIn(hub: RunningHub, body: object): Promise<{ status: number; cookie: string }> {
  const response = await fetch(`${hub.url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, cookie: response.headers.get("set-cookie")?.split(";", 1)[0] ?? "" };
}

/** Keys by what a page of keys shows: who is still on each. */
async function usersOf(hub: RunningHub): Promise<Pick<KeyInfo, "connections" | "instances">[]> {
  const keys = (await (await get(hub, "/api/keys", bearer(NEW))).json()) as KeyInfo[];
  return keys.map(({ connections, instances }) => ({ connections, instances }));
}

function upgradeStatus(hub: RunningHub, path: string, key: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${hub.url.replace("http", "ws")}${path}`, { headers: bearer(key) });
    socket.on("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
    socket.on("error", () => undefined);
    socket.on("open", () => {
      socket.close();
      resolve(101);
    });
  });
}

it("changes its key: both are valid, clients move, the old one ends, and no message is lost", async () => {
  const dataDir = makeTempDir();
  const before = await startTestHub({ dataDir, env: { CC2CC_HUB_API_KEY: `${NEW},${OLD}` } });
  const oldDoor = { url: before.url, key: OLD };
  const newDoor = { url: before.url, key: NEW };
  const alice = await HubClient.connect(oldDoor, { instanceId: ALICE });
  const bob = await HubClient.connect(oldDoor, { instanceId: BOB, acks: "none" });
  const stream = await StreamClient.connect(oldDoor);
  const oldSession = await signIn(before, { key: OLD });
  const newSession = await signIn(before, { key: NEW });
  await alice.send(BOB, "waits over the change");
  await bob.untilReceived(1);
  expect(await usersOf(before)).toEqual([
    { connections: 0, instances: [] },
    { connections: 3, instances: [ALICE, BOB] },
  ]);

  // Alice moves: the list shows who has not.
  await alice.goOffline();
  const movedAlice = await HubClient.connect(newDoor, { instanceId: ALICE });
  await stream.goOffline();
  await expect
    .poll(() => usersOf(before))
    .toEqual([
      { connections: 1, instances: [ALICE] },
      { connections: 1, instances: [BOB] },
    ]);
  await bob.goOffline();
  const movedBob = await HubClient.connect(newDoor, { instanceId: BOB });
  await movedBob.untilReceived(1);
  await expect.poll(async () => (await usersOf(before))[1]).toEqual({ connections: 0, instances: [] });
  await movedAlice.send(BOB, "sent with the new key");
  await movedBob.untilReceived(2);
  await movedAlice.goOffline();
  await movedBob.goOffline();
  await before.stop();

  const after = await startTestHub({ dataDir, port: before.port, env: { CC2CC_HUB_API_KEY: NEW } });
  const statusOf = async (headers: Record<string, string>) => (await get(after, "/api/instances", headers)).status;
  expect(await statusOf(bearer(OLD))).toBe(401);
  expect(await statusOf({ cookie: oldSession.cookie })).toBe(401);
  expect((await signIn(after, { key: OLD })).status).toBe(401);
  expect(await upgradeStatus(after, `/ws/plugin?instanceId=${ALICE}`, OLD)).toBe(401);
  expect(await upgradeStatus(after, "/ws/dashboard", OLD)).toBe(401);
  expect(await statusOf(bearer(NEW))).toBe(200);
  expect(await statusOf({ cookie: newSession.cookie })).toBe(200);
  expect(await upgradeStatus(after, "/ws/dashboard", NEW)).toBe(101);
  expect(await usersOf(after)).toHaveLength(1);
  // What was sent with either key is there; the same secrets hold the same ids.
  const last = await HubClient.connect({ url: after.url, key: NEW }, { instanceId: BOB });
  expect(last.welcome?.pending).toBe(0);
  const history = async () => {
    const page = (await (await get(after, "/api/messages", bearer(NEW))).json()) as { items: { content: string }[] };
    return page.items.map((item) => item.content);
  };
  await expect.poll(history).toEqual(["sent with the new key", "waits over the change"]);
});

it("takes what is written into its key file while it runs, and nothing that is no key", async () => {
  const dataDir = makeTempDir();
  const keyPath = join(dataDir, "key");
  writeFileSync(keyPath, `${NEW},${OLD}\n`);
  const hub = await startTestHub({ dataDir });
  const statusOf = (key: string) => get(hub, "/api/instances", bearer(key)).then(({ status }) => status, String);
  const alice = await TestSocket.openV2({ ...hub, key: NEW }, ALICE);
  expect(await statusOf(OLD)).toBe(200);

  writeFileSync(keyPath, "short\n");
  await expect.poll(() => hub.output, { timeout: 20_000 }).toContain("goes on with the key file it has: the key in");
  expect(await statusOf(OLD)).toBe(200);

  writeFileSync(keyPath, `${NEW}\n`);
  expect(await alice.untilClosed()).toBe(1001);
  await expect.poll(() => statusOf(OLD), { timeout: 20_000 }).toBe(401);
  expect(await statusOf(NEW)).toBe(200);
  expect(hub.output).not.toMatch(/workerd ended|cc2cc_/);
});

it("gives whoever runs it a link that signs in once", async () => {
  const dataDir = makeTempDir();
  const hub = await startTestHub({ dataDir });
  const run = () => promisify(execFile)(process.execPath, ["host/link.ts"], { env: { CC2CC_DATA_DIR: dataDir } });
  const link = new URL((await run()).stdout.trim());
  expect([link.origin, link.pathname]).toEqual([hub.url, "/"]);
  const code = /^#code=([0-9a-f]{32})$/.exec(link.hash)?.[1] as string;
  const { status, cookie } = await signIn(hub, { code });
  expect([status, (await get(hub, "/api/keys", { cookie })).status]).toEqual([200, 200]);
  expect((await signIn(hub, { code })).status).toBe(401);
  expect(hub.output).not.toContain(code);
  await hub.stop();
  await expect(run()).rejects.toThrow(/no hub runs on/);
});
