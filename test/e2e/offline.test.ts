import { expect, it } from "vitest";
import { HubClient } from "../helpers/hub-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

const COUNT = 1_000;

it("keeps an offline queue over stop and start of the hub, and drains it in order (Q1, Q2, Q5)", async () => {
  const dataDir = makeTempDir();
  const env = { CC2CC_RATE_FRAMES: "0" };
  const first = await startTestHub({ dataDir, env });
  const bob = await HubClient.connect(first, { instanceId: "bob@server:api/2" });
  await bob.goOffline();
  const alice = await HubClient.connect(first, { instanceId: "alice@laptop:web/1" });
  const contents = Array.from({ length: COUNT }, (_, i) => `message ${i}`);
  const replies = await Promise.all(alice.sendAll(contents.map((content) => ({ to: bob.instanceId, content }))));
  expect(replies.filter((reply) => reply !== null && "queued" in reply && reply.queued)).toHaveLength(COUNT);
  // At once: what is accepted may not depend on time to settle.
  await first.stop();
  await alice.goOffline();

  const second = await startTestHub({ dataDir, env, port: first.port });
  await bob.goOnline();
  expect(bob.welcome?.pending).toBe(COUNT);
  await bob.untilReceived(COUNT);
  expect(bob.received.map((message) => message.content)).toEqual(contents);
  expect(bob.received.map((message) => message.seq)).toEqual(contents.map((_, i) => i + 1));
  expect(bob.repeated).toEqual([]);
  await bob.goOffline();
  await second.stop();

  await startTestHub({ dataDir, env, port: first.port });
  await bob.goOnline();
  expect(bob.welcome?.pending).toBe(0);
  await bob.goOffline();
});
