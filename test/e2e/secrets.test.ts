/** What must stand nowhere but where it belongs: contents, keys, identities and sessions; in the log, and on disk. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunningHub } from "../helpers/hub.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";
import { secretOf, TestSocket } from "../helpers/test-socket.ts";

const ADA = "ada@laptop:api/one";
const BOB = "bob@server:api/two";
/** A word that the tests below look for; made of letters, so that no escape changes it. */
const MARK = "zanzibar";

interface Answer {
  status: number;
  body: Record<string, unknown>;
  cookie: string;
}

async function call(
  hub: RunningHub,
  method: string,
  path: string,
  more: { key?: string; cookie?: string; body?: unknown } = {},
): Promise<Answer> {
  const { key, cookie, body } = more;
  const answer = await fetch(hub.url + path, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(cookie === undefined ? {} : { cookie }),
      ...(body === undefined ? {} : { "content-type": "application/json", origin: hub.url }),
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const [cookieNow = ""] = (answer.headers.get("set-cookie") ?? "").split(";");
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, cookie: cookieNow };
}

/** Does with a hub what can be done with keys and contents, rightly and wrongly. Resolves with every secret of it. */
async function useHub(hub: RunningHub): Promise<{ secrets: string[]; content: string }> {
  const content = `${MARK} ${MARK}`;
  const ada = await HubClient.connect(hub, { instanceId: ADA });
  const bob = await HubClient.connect(hub, { instanceId: BOB, acks: "answered" });
  await ada.send(BOB, content);
  await bob.untilReceived(1);
  await ada.ask({ action: "send_message", to: "nobody@nowhere:x/y", type: "task", content });
  await call(hub, "POST", "/api/topics", { key: hub.key, body: { name: "api/secrets" } });
  await call(hub, "POST", "/api/topics/api%2Fsecrets/publish", { key: hub.key, body: { type: "task", content } });

  const garbage = await TestSocket.openV2(hub, "eve@laptop:api/three");
  for (const text of [
    `${MARK} {`,
    `{"action":"${MARK}"`,
    `"${MARK}"`,
    `{"action":"send_message","content":"${MARK}","to":7}`,
  ]) {
    garbage.ws.send(text);
  }
  await garbage.until(() => garbage.frames.filter((frame) => "code" in frame).length >= 4, "four refusals");

  const minted = (await call(hub, "POST", "/api/keys", { key: hub.key, body: { name: "ci", scope: "member" } })).body;
  const { cookie } = await call(hub, "POST", "/api/session", { body: { key: minted.key } });
  expect((await call(hub, "GET", "/api/instances", { cookie })).status).toBe(200);
  const links = [0, 1].map(async () => (await call(hub, "POST", "/api/session/links", { key: hub.key })).body.code);
  const [usedLink, openLink] = await Promise.all(links);
  expect((await call(hub, "POST", "/api/session", { body: { code: usedLink } })).status).toBe(200);
  const wrong = `cc2cc_${"0f".repeat(32)}`;
  await call(hub, "GET", "/api/instances", { key: wrong });
  await call(hub, "GET", `/api/nothing/${wrong}?key=${hub.key}`);
  await call(hub, "GET", `/api/messages?q=${MARK}&limit=x`, { key: hub.key });
  await call(hub, "POST", "/api/session", { body: { key: wrong } });
  await call(hub, "POST", `/api/topics?key=${hub.key}`, { body: `{"${MARK}"` });
  await TestSocket.open(hub, {
    query: { instanceId: ADA, key: hub.key, identity: "another-identity-secret-22" },
  }).catch(() => undefined);
  const v1 = await TestSocket.openV1(hub, "v1@old:api/four");
  await v1.close();

  await hub.crash();
  await ada.until(() => ada.isOnline, "the connection after the crash");
  await call(hub, "DELETE", `/api/keys/${minted.id}`, { key: hub.key });
  expect((await call(hub, "GET", "/api/instances", { cookie })).status).toBe(401);
  await call(hub, "DELETE", `/api/queue/${encodeURIComponent(BOB)}`, { key: hub.key });
  await Promise.all([ada.goOffline(), bob.goOffline()]);
  const session = cookie.slice(cookie.indexOf("=") + 1);
  const identities = [ADA, BOB, "eve@laptop:api/three"].map(secretOf);
  return {
    content,
    secrets: [
      hub.key,
      String(minted.key),
      session,
      String(usedLink),
      String(openLink),
      wrong,
      "another-identity-secret-22",
      ...identities,
    ],
  };
}

it("logs who, what and why, and neither contents nor keys, at its most talkative", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir(), env: { CC2CC_LOG_LEVEL: "debug" } });
  const { secrets } = await useHub(hub);
  await hub.stop();
  const lines = hub.output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  const messages = lines.map((line) => line.message);
  expect(messages).toEqual(
    expect.arrayContaining([
      ...["hub started", "instance connected", "instance disconnected", "frame refused", "request refused"],
      ...["topic created", "key minted", "key revoked", "workerd runs again", "hub stopped"],
    ]),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({
      message: "instance disconnected",
      properties: expect.objectContaining({ instance: ADA, reason: "left" }),
    }),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: "WARN",
      properties: expect.objectContaining({ path: "/api/session", status: 401, code: "unauthorized" }),
    }),
  );
  // The search finds what is there: so it would find a secret, whole or its first half.
  expect(hub.output).toContain(ADA);
  for (const secret of secrets) expect(hub.output).not.toContain(secret.slice(0, Math.max(20, secret.length / 2)));
  expect(hub.output).not.toContain(MARK);
});

it("tells nothing of single messages at the level it has by itself", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir(), env: { CC2CC_RATE_FRAMES: "0" } });
  const ada = await HubClient.connect(hub, { instanceId: ADA });
  const bob = await HubClient.connect(hub, { instanceId: BOB });
  const before = new Set(hub.output.split("\n"));
  await Promise.all(ada.sendAll(Array.from({ length: 50 }, () => ({ to: BOB, content: "x" }))));
  await bob.untilReceived(50);
  // What the two brought with them may be printed after they were let in.
  const isOfJoining = (line: string) => /instance connected|topic created/.test(line);
  expect(hub.output.split("\n").filter((line) => !before.has(line) && !isOfJoining(line))).toEqual([]);
});

it("keeps no usable key on disk but the one it made, in a file for its owner alone", async () => {
  const dataDir = makeTempDir();
  const hub = await startTestHub({ dataDir });
  const { secrets, content } = await useHub(hub);
  const rotated = [`cc2cc_${"ab".repeat(32)}`, `cc2cc_${"cd".repeat(32)}`];
  // Both while it runs, with its write-ahead logs open, and after it was started with keys of the environment.
  expect(filesWith(dataDir, secrets)).toEqual(["key"]);
  expect(statSync(join(dataDir, "key")).mode & 0o777).toBe(0o600);
  await hub.stop();
  const again = await startTestHub({ dataDir, env: { CC2CC_HUB_API_KEY: rotated.join(",") } });
  await (await HubClient.connect({ url: again.url, key: rotated[1] as string }, { instanceId: ADA })).goOffline();
  expect(filesWith(dataDir, [...secrets, ...rotated])).toEqual(["key"]);
  // The search sees what lies in databases and their logs.
  expect(filesWith(dataDir, [content]).join("\n")).toMatch(/cc2cc-Journal.*sqlite/);
});

/** The files below a folder that hold one of these texts, as they are or as base64 has them. */
function filesWith(folder: string, texts: string[]): string[] {
  const wanted = texts.flatMap((text) => [
    text,
    Buffer.from(text).toString("base64").replace(/=+$/, ""),
    Buffer.from(text, "utf16le").toString("latin1"),
  ]);
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => {
    if (!statSync(join(folder, path)).isFile()) return false;
    const bytes = readFileSync(join(folder, path), "latin1");
    return wanted.some((text) => bytes.includes(text));
  });
}
