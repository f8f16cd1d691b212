import { expect, it } from "vitest";
import { HubClient } from "../helpers/hub-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";
import { TestSocket } from "../helpers/test-socket.ts";

it("shows nobody online after a kill -9 who has not come back", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const idOf = (session: string) => `user@host:project/${session}`;
  const back = await HubClient.connect(hub, { instanceId: idOf("back") });
  const gone = await HubClient.connect(hub, { instanceId: idOf("gone") });
  const old = await TestSocket.openV1(hub, idOf("old"));
  const connectedNow = async () => {
    const health = (await (await fetch(`${hub.url}/health`)).json()) as { connectedInstances: number };
    return health.connectedInstances;
  };
  const statusOf = async () => {
    const { instances } = await back.ask({ action: "list_instances" });
    const rows = instances as { instanceId: string; status: string }[];
    return Object.fromEntries(rows.map(({ instanceId, status }) => [instanceId, status]));
  };
  expect(await connectedNow()).toBe(3);

  const crashed = hub.crash();
  // Away at the moment of the crash: nobody says goodbye for it.
  await gone.until(() => !gone.isOnline, "a lost link");
  await gone.goOffline();
  await crashed;
  await old.untilClosed();
  await back.until(() => back.isOnline, "the one that comes back");
  expect(await statusOf()).toEqual({ [idOf("back")]: "online", [idOf("gone")]: "offline", [idOf("old")]: "offline" });
  expect(await connectedNow()).toBe(1);
  // One online match: with ghosts the partial address would be ambiguous (A3).
  const asker = await HubClient.connect(hub, { instanceId: "asker@host:elsewhere/1" });
  expect(await asker.ask({ action: "ping", to: "user@host:project" })).toMatchObject({
    online: true,
    instanceId: idOf("back"),
  });
  await asker.goOffline();
  await expect.poll(connectedNow).toBe(1);

  await gone.goOnline();
  expect(await connectedNow()).toBe(2);
  expect(await statusOf()).toMatchObject({ [idOf("gone")]: "online" });
  await Promise.all([back.goOffline(), gone.goOffline()]);
});
