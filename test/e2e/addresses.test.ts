import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { HubClient } from "../helpers/hub-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";
import { TestSocket } from "../helpers/test-socket.ts";

const NOBODY = "nobody@nowhere:nothing/1";

it("stores nothing for an address that nobody ever had: not even a file (A3, A4)", async () => {
  const dataDir = makeTempDir();
  const hub = await startTestHub({ dataDir });
  const alice = await HubClient.connect(hub, { instanceId: "alice@laptop:web/1" });
  const bob = await HubClient.connect(hub, { instanceId: "bob@server:api/2" });
  const databases = () =>
    readdirSync(join(dataDir, "storage"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".sqlite"))
      .sort();
  await alice.send(bob.instanceId, "hello");
  await bob.untilReceived(1);
  // The last that a hub makes for itself, when it first has something to tell.
  await expect.poll(databases).toContainEqual(expect.stringMatching(/^cc2cc-Journal.[0-9a-f]{64}/));
  const before = databases();

  const send = (to: string) => alice.ask({ action: "send_message", to, type: "task", content: "hello?" });
  expect(await send(NOBODY)).toMatchObject({ code: "unknown_instance", error: expect.stringContaining(NOBODY) });
  expect(await send("bob@server:api/3")).toMatchObject({ code: "unknown_instance" });
  expect(await send("nobody@nowhere:nothing")).toMatchObject({ code: "unknown_instance" });
  expect(await send("bob at server")).toMatchObject({ code: "invalid_payload" });
  expect(await alice.ask({ action: "ping", to: NOBODY })).toMatchObject({ online: false });
  const strange = "0193d3a0-0000-7000-8000-000000000009";
  expect(await alice.ask({ action: "status", messageId: strange })).toMatchObject({ code: "not_found" });
  await expect(TestSocket.openV2({ ...hub, key: "k".repeat(32) }, NOBODY)).rejects.toThrow("401");
  await expect(TestSocket.openV2(hub, "no-id")).rejects.toThrow("400");

  // What comes after shows that all of the above has been done.
  await alice.send(bob.instanceId, "still there?");
  await bob.untilReceived(2);
  expect(databases()).toEqual(before);
  // A restart that found a message for it would make the mailbox then.
  await hub.crash();
  await alice.until(() => alice.isOnline && bob.isOnline, "both back");
  expect(databases()).toEqual(before);
  await Promise.all([alice.goOffline(), bob.goOffline()]);
});
