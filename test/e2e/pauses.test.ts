/** H3 and G1 on a real hub that is killed in between: nothing is lost, nothing slips through. */
import { expect, it } from "vitest";
import type { LoopStop } from "../../shared/loops.ts";
import type { Pause } from "../../shared/pauses.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

const start = (env: Record<string, string> = {}) =>
  startTestHub({ dataDir: makeTempDir(), env: { CC2CC_RATE_FRAMES: "0", ...env } });

async function rest<T>(hub: { url: string; key: string }, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${hub.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${hub.key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
}

it("[H3] what waits for a paused session is whole and in order after two kills, and nothing came before its time", async () => {
  const hub = await start();
  const bob = await HubClient.connect(hub, { instanceId: "bob@server:api/2", acks: "answered" });
  const free = await HubClient.connect(hub, { instanceId: "cy@server:web/3" });
  const ada = await HubClient.connect(hub, { instanceId: "ada@laptop:web/1" });
  await rest(hub, "POST", "/api/pauses", { target: "project:api", reason: "an outage" });
  const contents = Array.from({ length: 300 }, (_, n) => `message ${n}`);
  const send = (part: string[], to: string) => Promise.all(ada.sendAll(part.map((content) => ({ to, content }))));
  await send(contents.slice(0, 100), bob.instanceId);
  const underWay = send(contents.slice(100, 200), bob.instanceId);
  await hub.crash();
  await underWay;
  await send(contents.slice(200), bob.instanceId);
  // The twin: who is not paused gets all of it meanwhile.
  await send(contents, free.instanceId);
  await free.untilReceived(300);
  await bob.until(() => bob.isOnline, "a new link");
  expect(bob.welcome?.paused).toMatchObject({ target: "project:api", reason: "an outage" });
  expect(bob.received).toEqual([]);
  expect(await bob.ask({ action: "send_message", type: "ack", to: ada.instanceId, content: "x" })).toMatchObject({
    code: "paused",
  });
  await hub.crash();
  expect(await rest<Pause[]>(hub, "GET", "/api/pauses")).toMatchObject([{ target: "project:api" }]);
  await rest(hub, "DELETE", "/api/pauses?target=project:api");
  await bob.untilReceived(300);
  expect(bob.received.map(({ content }) => content)).toEqual(contents);
  expect(bob.wronglyRepeated).toEqual([]);
});

it("[G1] a stopped exchange is stopped after a kill, until a person lets it go on", async () => {
  const hub = await start({ CC2CC_LOOP_MESSAGES: "4" });
  const bob = await HubClient.connect(hub, { instanceId: "bob@server:api/2" });
  const ada = await HubClient.connect(hub, { instanceId: "ada@laptop:web/1" });
  const say = (from: HubClient, to: HubClient) =>
    from.ask({ action: "send_message", type: "result", to: to.instanceId, content: "thanks" });
  for (let n = 0; n < 2; n++) {
    expect(await say(ada, bob)).not.toHaveProperty("code");
    expect(await say(bob, ada)).not.toHaveProperty("code");
  }
  expect(await say(ada, bob)).toMatchObject({ code: "loop_guard" });
  await hub.crash();
  await ada.until(() => ada.isOnline, "a new link");
  expect(await say(ada, bob)).toMatchObject({ code: "loop_guard" });
  const [stop] = await rest<LoopStop[]>(hub, "GET", "/api/loops");
  await rest(hub, "POST", `/api/loops/${stop?.loopId}/resume`);
  expect(await say(ada, bob)).not.toHaveProperty("code");
});
