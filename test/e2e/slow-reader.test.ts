/** A client that does not read may not make the hub keep what it is told in memory without a bound. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { RunningHub } from "../helpers/hub.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";
import { TestSocket } from "../helpers/test-socket.ts";

const CONTENT = "x".repeat(60_000);
const PER_TEXT = 15;
const TEXTS = 100;
/** What the slow one is sent, some 90 MB, less what the kernel's buffers take; memory may not grow by most of that. */
const GROWTH_MAX_MB = 50;
const TOPIC = "slow/news";

function residentMb({ workerdPid }: RunningHub): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${workerdPid}/status`, "utf8"))?.[1]) / 1_024;
}

const start = () =>
  startTestHub({
    dataDir: makeTempDir(),
    env: { CC2CC_RATE_FRAMES: "0", CC2CC_BROADCAST_INTERVAL_SECONDS: "0", CC2CC_HISTORY_MAX_MB: "32" },
  });

/** Sends texts of frames, each after the answers to the one before, and returns by how many MB workerd grew most. */
async function growthWhile(hub: RunningHub, sender: TestSocket, frame: object, texts: number): Promise<number> {
  const before = residentMb(hub);
  let most = before;
  for (let text = 0; text < texts; text++) {
    const ids = Array.from({ length: PER_TEXT }, (_, i) => `${text}.${i}`);
    sender.send(ids.map((requestId) => ({ ...frame, requestId })));
    await sender.until(() => sender.frames.some(({ requestId }) => requestId === ids.at(-1)), "the last answer");
    sender.frames.length = 0;
    sender.texts.length = 0;
    most = Math.max(most, residentMb(hub));
  }
  return most - before;
}

it.runIf(process.platform === "linux").each([
  ["live publications", { action: "publish_topic", topic: TOPIC, type: "task", content: CONTENT }],
  ["broadcasts", { action: "broadcast", type: "task", content: CONTENT }],
] as const)(
  "keeps %s to a client that does not read within bounds",
  async (_, frame) => {
    const hub = await start();
    const slow = await TestSocket.openV2(hub, "slow@tv:ops/1");
    await slow.ask({ action: "subscribe_topic", topic: TOPIC });
    const sender = await TestSocket.openV2(hub, "ann@laptop:web/1");
    // Warm-up with everyone reading: code is compiled, and the young generation has its size.
    await growthWhile(hub, sender, frame, 10);
    slow.ws.pause();
    expect(await growthWhile(hub, sender, frame, TEXTS)).toBeLessThan(GROWTH_MAX_MB);
    // The others notice nothing.
    expect(await sender.ask({ action: "ping", to: "ann@laptop:web/1" })).toMatchObject({ online: true });
    slow.ws.terminate();
    await sender.close();
  },
  150_000,
);

it.runIf(process.platform === "linux")(
  "keeps answers to a client that asks and does not read within bounds",
  async () => {
    const hub = await start();
    const sender = await TestSocket.openV2(hub, "ann@laptop:web/1");
    const slow = await TestSocket.openV2(hub, "slow@tv:ops/1");
    const before = residentMb(hub);
    for (let i = 0; i < 100; i++)
      await sender.ask({ action: "send_message", type: "task", to: "slow@tv:ops/1", content: CONTENT });
    // Each answer is 6 MB of what waits; it asks for 40 of them.
    slow.ws.pause();
    const peek = { action: "get_messages", peek: true, limit: 100 };
    for (let text = 0; text < 40; text++) slow.send({ ...peek, requestId: String(text) });
    let most = 0;
    // The hub has dealt with what it was asked when it has nothing more to do: others are answered meanwhile.
    for (let asked = 0; asked < 60; asked++) {
      await sender.ask({ action: "ping", to: "ann@laptop:web/1" });
      most = Math.max(most, residentMb(hub) - before);
    }
    expect(most).toBeLessThan(GROWTH_MAX_MB);
    slow.ws.terminate();
    await sender.close();
  },
);
