/** What a hub does when there is no room left on its disk. Needs the right to mount a disk, as a container's root has it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { failToStart, isAlive } from "../helpers/hub.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { canMakeDisks, makeSmallDisk } from "../helpers/small-disk.ts";
import { startTestHub } from "../helpers/test-hub.ts";

const onDisk = it.runIf(canMakeDisks());
const DISK_MB = 24;

/** A fresh folder on the disk: what fills the disk lies beside it. */
function dataDirOn(folder: string): string {
  const dataDir = join(folder, "data");
  mkdirSync(dataDir, { recursive: true });
  return dataDir;
}

onDisk("says in one sentence that the disk is full when it starts on one", async () => {
  const disk = makeSmallDisk(DISK_MB);
  const dataDir = dataDirOn(disk.folder);
  disk.fill();
  const { code, stderr } = await failToStart({ dataDir });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^cc2cc: .*(no space|full|room).*$/im);
  expect(stderr).not.toMatch(/^\s+at /m);
});

onDisk("says so when it has data there already, and starts with all of it once there is room", async () => {
  const disk = makeSmallDisk(DISK_MB);
  const dataDir = dataDirOn(disk.folder);
  const first = await startTestHub({ dataDir });
  const bob = await HubClient.connect(first, { instanceId: "bob@server:api/1" });
  await bob.goOffline();
  const ann = await HubClient.connect(first, { instanceId: "ann@laptop:web/1" });
  expect(await ann.send(bob.instanceId, "kept")).toMatchObject({ queued: true });
  await ann.goOffline();
  await first.stop();
  disk.fill();
  const { code, stderr } = await failToStart({ dataDir });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^cc2cc: .*(no space|full|room).*$/im);
  expect(stderr).not.toMatch(/^\s+at /m);
  disk.free();
  const hub = await startTestHub({ dataDir });
  const again = await HubClient.connect(hub, { instanceId: bob.instanceId });
  await again.untilReceived(1);
  expect(again.received).toMatchObject([{ content: "kept" }]);
  await again.goOffline();
});

onDisk("comes back by itself when workerd died on a full disk and there is room again", async () => {
  const disk = makeSmallDisk(DISK_MB);
  const hub = await startTestHub({ dataDir: dataDirOn(disk.folder), env: { CC2CC_RATE_FRAMES: "0" } });
  const bob = await HubClient.connect(hub, { instanceId: "bob@server:api/1" });
  await bob.goOffline();
  const ann = await HubClient.connect(hub, { instanceId: "ann@laptop:web/1", isResending: false });
  expect(await ann.send(bob.instanceId, "before")).toMatchObject({ queued: true });
  disk.fill();
  const linesBefore = hub.output.split("\n").length;
  await hub.kill9();
  // The launcher has tried at least once when it says more than that workerd ended.
  const said = () => hub.output.split("\n").length - linesBefore;
  await expect.poll(() => said() >= 2 || !isAlive(hub.pid), { timeout: 20_000 }).toBe(true);
  expect(isAlive(hub.pid), `the launcher ended:\n${hub.output.slice(-1_500)}`).toBe(true);
  disk.free();
  const health = () =>
    fetch(`${hub.url}/health`).then(
      ({ status }) => status,
      () => 0,
    );
  await expect.poll(health, { timeout: 40_000, interval: 200 }).toBe(200);
  await ann.until(() => ann.isOnline, "a new link");
  expect(await ann.send(bob.instanceId, "after")).toMatchObject({ queued: true });
  const again = await HubClient.connect(hub, { instanceId: bob.instanceId });
  await again.untilReceived(2);
  expect(again.received.map(({ content }) => content)).toEqual(["before", "after"]);
  await Promise.all([ann.goOffline(), again.goOffline()]);
});

onDisk("accepts nothing that it cannot write, and loses nothing that it accepted (Q1)", async () => {
  const disk = makeSmallDisk(DISK_MB);
  const hub = await startTestHub({ dataDir: dataDirOn(disk.folder), env: { CC2CC_RATE_FRAMES: "0" } });
  const bob = await HubClient.connect(hub, { instanceId: "bob@server:api/1" });
  await bob.goOffline();
  const ann = await HubClient.connect(hub, { instanceId: "ann@laptop:web/1", isResending: false });
  disk.fill();
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => ann.send(bob.instanceId, `${i} ${"x".repeat(2_000)}`)),
  );
  const accepted = answers.flatMap((answer) =>
    answer !== null && "queued" in answer ? [String(answer.messageId)] : [],
  );
  expect(accepted.length).toBeLessThan(answers.length);
  disk.free();
  await hub.crash();
  const again = await HubClient.connect(hub, { instanceId: bob.instanceId });
  await again.untilReceived(accepted.length);
  const received = new Set(again.received.map(({ messageId }) => messageId));
  expect(accepted.filter((id) => !received.has(id))).toEqual([]);
  await Promise.all([ann.goOffline(), again.goOffline()]);
});
