import { expect, it } from "vitest";
import { HubClient } from "../helpers/hub-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

it("starts workerd again where it was, each time it is killed", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const pids = [hub.workerdPid];
  for (let round = 0; round < 3; round++) {
    await hub.crash();
    pids.push(hub.workerdPid);
    expect(await (await fetch(`${hub.url}/health`)).json()).toMatchObject({ status: "ok" });
  }
  expect(new Set(pids).size).toBe(4);
});

it("knows a message again that was accepted just before it was killed (M3, Q1)", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const bob = await HubClient.connect(hub, { instanceId: "bob@server:api/2" });
  await bob.goOffline();
  const alice = await HubClient.connect(hub, { instanceId: "alice@laptop:web/1" });
  const messageId = "0193d3a0-0000-7000-8000-000000000001";
  const frame = { action: "send_message", type: "task", to: bob.instanceId, content: "hello", messageId } as const;
  expect(await alice.ask(frame)).toMatchObject({ messageId, queued: true });
  await hub.crash();
  await alice.until(() => alice.isOnline, "a new link");
  expect(await alice.ask(frame)).toMatchObject({ messageId, duplicate: true });
  expect(await alice.ask({ action: "status", messageId })).toMatchObject({ messageId, state: "queued" });
  expect(await alice.ask({ ...frame, to: alice.instanceId })).toMatchObject({ code: "conflict" });
  await bob.goOnline();
  await bob.untilReceived(1);
  expect(bob.received).toMatchObject([{ messageId, attempt: 1 }]);
  await Promise.all([alice.goOffline(), bob.goOffline()]);
});
