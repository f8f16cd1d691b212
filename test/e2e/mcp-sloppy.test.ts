/** A client of `/mcp` that breaks off, cancels, runs calls side by side and is started anew, by seeds: it gets every message. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { HubClient } from "../helpers/hub-client.ts";
import { call, post, type Who } from "../helpers/mcp-client.ts";
import { SeededRandom } from "../helpers/seeded-random.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { shareHub, startTestHub } from "../helpers/test-hub.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
const MESSAGES = 60;

/** A process of a client, as the hub sees one: it has an `Mcp-Session-Id` of its own. */
async function begin(who: Who): Promise<Who> {
  const clientInfo = { name: "sloppy", version: "1" };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
  const response = await post(hub(), who, "initialize", params);
  await response.text();
  return { ...who, headers: { "mcp-session-id": String(response.headers.get("mcp-session-id")) } };
}

/** Ids of the messages in a response; null where it did not come whole. */
async function idsIn(response: Promise<Response>): Promise<string[] | null> {
  const text = await response.then((answer) => answer.text()).catch(() => null);
  if (text === null) return null;
  return [...text.matchAll(/\\"messageId\\":\\"([0-9a-f-]{36})\\"/g)].map(([, id]) => id as string);
}

it.each([1, 2, 3, 4])("[W6] is given everything, whatever it breaks off (seed %i)", async (seed) => {
  const random = new SeededRandom(seed);
  const project = `s-${randomUUID().slice(0, 8)}`;
  const peer = await HubClient.connect(hub(), { instanceId: `bob@server:${project}/peer` });
  const named: Who = { instance: `ada@desk:${project}`, session: "one" };
  let who = await begin(named);
  await call(hub(), who, "hub_status");
  const drafts = Array.from({ length: MESSAGES }, (_, n) => ({ to: `ada@desk:${project}/one`, content: `text ${n}` }));
  const sending = Promise.all(peer.sendAll(drafts));
  const got = new Set<string>();
  let id = 0;
  const ask = (signal = new AbortController().signal) => {
    const isWait = random.chance(0.5);
    const args = { limit: random.int(1, 4), ...(isWait ? { timeoutSeconds: 1 } : {}) };
    const params = { name: isWait ? "wait_for_message" : "get_messages", arguments: args };
    return idsIn(post(hub(), who, "tools/call", params, { id: ++id, signal }));
  };
  const cancel = () => post(hub(), who, "notifications/cancelled", { requestId: id });
  // Half of them tidy up: they cancel each call once they have its result, as OpenCode does.
  const isTidy = seed % 2 === 0;
  const take = async () => {
    const ids = (await ask()) ?? [];
    if (isTidy) await cancel();
    return ids;
  };
  const doOne = async () => {
    const dice = random.next();
    if (dice < 0.25) {
      // Breaks off at any moment, also when the result is under way. A client that lives on says so; the others are started anew.
      const ids = await ask(AbortSignal.timeout(random.int(0, 40)));
      if (isTidy || random.chance(0.5)) who = await begin(named);
      else if (ids === null) {
        await cancel();
        await call(hub(), who, "hub_status");
      }
      return isTidy ? [] : (ids ?? []);
    }
    if (dice < 0.4) {
      // Its process is killed with what it was given last, which it therefore has not: another begins.
      await ask();
      who = await begin(named);
      return [];
    }
    if (isTidy) return take();
    return (await Promise.all(Array.from({ length: random.int(1, 3) }, take))).flat();
  };
  while (got.size < MESSAGES) for (const messageId of await doOne()) got.add(messageId);
  const sent = (await sending).map((answer) => String((answer as { messageId?: string } | null)?.messageId));
  expect(sent.filter((messageId) => !got.has(messageId))).toEqual([]);
  // What it had cancelled last comes once more; then there is nothing.
  const { messages } = await call<{ messages: { messageId: string }[] }>(hub(), who, "get_messages", { limit: 100 });
  for (const { messageId } of messages) expect(got).toContain(messageId);
  expect(await call(hub(), who, "get_messages")).toEqual({ messages: [], more: 0 });
});

it("holds no more calls open than its limit of open files allows, and says so to the next one", async () => {
  const small = await startTestHub({ dataDir: makeTempDir(), openFiles: 256, env: { CC2CC_RATE_FRAMES: "0" } });
  const project = `l-${randomUUID().slice(0, 8)}`;
  const wait = (session: string) => {
    const params = { name: "wait_for_message", arguments: { timeoutSeconds: 20 } };
    return post(small, { instance: `ada@desk:${project}`, session }, "tools/call", params);
  };
  const open = await Promise.all(Array.from({ length: 16 }, () => wait("one")));
  expect(open.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 200));
  // Of one instance, and of all.
  expect((await wait("one")).status).toBe(429);
  const refused = await wait("two");
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: "overloaded", error: expect.stringContaining("256 open files") });
  const peer = await HubClient.connect(small, { instanceId: `bob@server:${project}/peer` });
  await peer.send(`ada@desk:${project}/one`, "for one of them");
  const ended = await Promise.race(open.map((response) => response.text()));
  expect(ended).toContain("for one of them");
  await expect
    .poll(
      async () =>
        await call(small, { instance: `ada@desk:${project}`, session: "two" }, "hub_status").catch(() => null),
    )
    .not.toBeNull();
});
