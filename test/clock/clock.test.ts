/** The machine's clock is set while the hub runs, as NTP and people do: an hour back, and an hour ahead. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { buildImageRoot } from "../../host/container/image-root.ts";
import { RATE_FRAMES } from "../../shared/limits.ts";
import { makeDataDir, TestContainer } from "../helpers/container.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { makeShiftedClock } from "../helpers/shifted-clock.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

const HOUR = 3_600;

/** More than a window has room for: these pass only while time goes by in the hub. */
async function sendMany(client: HubClient, to: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const isAccepted = async () => "queued" in ((await client.send(to, `message ${i}`)) ?? {});
    await expect.poll(isAccepted, { timeout: 40_000 }).toBe(true);
  }
}

it("lets senders send on when the clock is set back by an hour, and delivers", async () => {
  const clock = makeShiftedClock();
  const hub = await startTestHub({ dataDir: makeTempDir(), env: clock.env });
  const ann = await HubClient.connect(hub, { instanceId: "ann@laptop:web/1" });
  const bob = await HubClient.connect(hub, { instanceId: "bob@server:api/1" });
  await ann.send(bob.instanceId, "before");
  await bob.untilReceived(1);
  clock.set(-HOUR);
  await expect.poll(() => hub.output).toMatch(/clock was set back by 3600 s/);
  await expect.poll(() => hub.output).toMatch(/workerd runs again/);
  await sendMany(ann, bob.instanceId, RATE_FRAMES + 20);
  await bob.untilReceived(RATE_FRAMES + 21);
  await Promise.all([ann.goOffline(), bob.goOffline()]);
});

it("goes on without a restart when the clock is set ahead by an hour", async () => {
  const clock = makeShiftedClock();
  const hub = await startTestHub({ dataDir: makeTempDir(), env: clock.env });
  const { workerdPid } = hub;
  const ann = await HubClient.connect(hub, { instanceId: "ann@laptop:web/1" });
  const bob = await HubClient.connect(hub, { instanceId: "bob@server:api/1" });
  clock.set(HOUR);
  await sendMany(ann, bob.instanceId, RATE_FRAMES + 20);
  await bob.untilReceived(RATE_FRAMES + 20);
  expect(hub.workerdPid).toBe(workerdPid);
  await Promise.all([ann.goOffline(), bob.goOffline()]);
});

it("ends a container whose clock is set back, so that its engine starts it again", async () => {
  const root = mkdtempSync(join(tmpdir(), "cc2cc-image-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  await buildImageRoot(root);
  const clock = makeShiftedClock();
  const container = await TestContainer.start({ root, dataDir: makeDataDir(), env: clock.env });
  clock.set(-HOUR);
  expect(await container.untilEnded()).toBe(75);
  expect(container.output).toContain("the clock was set back by");
});
