/** What a hub does when there is no room left on its disk. Needs the right to mount a disk, as a container's root has it. */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { failToStart, isAlive } from "../helpers/hub.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { canMakeDisks, makeSmallDisk } from "../helpers/small-disk.ts";
import { startTestHub } from "../helpers/test-hub.ts";
import { TestSocket } from "../helpers/test-socket.ts";

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
  // What the hub gives back of its reserve is gone at once, too.
  const filling = setInterval(() => disk.fill(), 20);
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => ann.send(bob.instanceId, `${i} ${"x".repeat(2_000)}`)),
  );
  clearInterval(filling);
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

onDisk(
  "refuses new messages in words while the disk is full, keeps sockets, acks and reads, and takes messages again",
  async () => {
    const disk = makeSmallDisk(DISK_MB);
    const dataDir = dataDirOn(disk.folder);
    const hub = await startTestHub({ dataDir, env: { CC2CC_RATE_FRAMES: "0" } });
    const { workerdPid } = hub;
    const [ann, bob] = [
      await TestSocket.openV2(hub, "ann@laptop:web/1"),
      await TestSocket.openV2(hub, "bob@server:api/1"),
    ];
    const send = (content: string) =>
      ann.ask({ action: "send_message", to: "bob@server:api/1", type: "task", content });
    const { messageId } = await send("before");
    await bob.untilFrame((frame) => frame.action === "deliver", "the message");
    expect(statSync(join(dataDir, "reserve")).size).toBeGreaterThan(1_000_000);
    disk.fill();
    await expect.poll(async () => (await send("x".repeat(2_000))).code, { timeout: 40_000 }).toBe("disk_full");
    expect(await send("too much")).toMatchObject({ code: "disk_full", error: expect.stringContaining("disk is full") });
    expect(await ann.ask({ action: "publish_topic", topic: "web", type: "task", content: "x" })).toMatchObject({
      code: "disk_full",
    });
    // What is there goes on.
    expect(await bob.ask({ action: "ack", messageIds: [messageId], upTo: 1 })).toMatchObject({
      acked: expect.any(Number),
    });
    expect(await ann.ask({ action: "status", messageId })).toMatchObject({ state: "acked" });
    const headers = { authorization: `Bearer ${hub.key}` };
    expect((await fetch(`${hub.url}/api/instances`, { headers })).status).toBe(200);
    const newcomer = await TestSocket.openV2(hub, "cyd@laptop:web/1");
    expect(await newcomer.ask({ action: "ping", to: "bob@server:api/1" })).toMatchObject({ online: true });
    disk.free();
    await expect.poll(async () => (await send("after")).queued, { timeout: 40_000 }).toBe(false);
    await expect
      .poll(() => statSync(join(dataDir, "reserve"), { throwIfNoEntry: false })?.size)
      .toBeGreaterThan(1_000_000);
    expect([ann, bob, newcomer].map(({ closeCode }) => closeCode)).toEqual([undefined, undefined, undefined]);
    expect(hub.workerdPid).toBe(workerdPid);
  },
);
