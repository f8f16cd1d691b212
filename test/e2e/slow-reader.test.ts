/** A client that does not read may not make the hub keep what it is told in memory without a bound. */
import { describe, expect, it } from "vitest";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";
import { TestSocket } from "../helpers/test-socket.ts";

const CONTENT = "x".repeat(60_000);
const PER_TEXT = 15;
/** Some 90 MB in all. */
const TEXTS = 100;
/** What the hub keeps for a client that does not read is 32 MiB at most; the rest is in the kernel's buffers. */
const KEPT_MAX_BYTES = 48 * 1_048_576;
const TOPIC = "slow/news";

const start = () =>
  startTestHub({
    dataDir: makeTempDir(),
    env: { CC2CC_RATE_FRAMES: "0", CC2CC_BROADCAST_INTERVAL_SECONDS: "0", CC2CC_HISTORY_MAX_MB: "32" },
  });

/** Sends texts of frames, each after the answers to the one before. */
async function sayAll(sender: TestSocket, frame: object): Promise<void> {
  for (let text = 0; text < TEXTS; text++) {
    const ids = Array.from({ length: PER_TEXT }, (_, i) => `${text}.${i}`);
    sender.send(ids.map((requestId) => ({ ...frame, requestId })));
    await sender.until(() => sender.frames.some(({ requestId }) => requestId === ids.at(-1)), "the last answer");
    sender.frames.length = 0;
    sender.texts.length = 0;
  }
}

const bytesOf = ({ texts }: TestSocket) => texts.reduce((sum, text) => sum + text.length, 0);

describe.each([
  ["live publications", { action: "publish_topic", topic: TOPIC, type: "task", content: CONTENT }],
  ["broadcasts", { action: "broadcast", type: "task", content: CONTENT }],
] as const)("%s", (_, frame) => {
  it("are kept within bounds for a client that does not read, and reach one that does", async () => {
    const hub = await start();
    const [slow, quick] = [await TestSocket.openV2(hub, "slow@tv:ops/1"), await TestSocket.openV2(hub, "bo@tv:ops/2")];
    const pinging = setInterval(() => quick.ws.send("ping"), 200);
    for (const reader of [slow, quick]) await reader.ask({ action: "subscribe_topic", topic: TOPIC });
    const sender = await TestSocket.openV2(hub, "ann@laptop:web/1");
    slow.ws.pause();
    await sayAll(sender, frame);
    slow.ws.resume();
    await sender.ask({ action: "send_message", type: "task", to: "slow@tv:ops/1", content: "the end" });
    const isOver = () => slow.closeCode !== undefined || slow.texts.some((text) => text.includes("the end"));
    await slow.until(isOver, "what was kept");
    clearInterval(pinging);
    expect(bytesOf(slow)).toBeLessThan(KEPT_MAX_BYTES);
    await quick.until(() => bytesOf(quick) > KEPT_MAX_BYTES, "all of it");
    expect(quick.closeCode).toBeUndefined();
  }, 150_000);
});

it("answers to a client that asks and does not read are kept within bounds", async () => {
  const hub = await start();
  const sender = await TestSocket.openV2(hub, "ann@laptop:web/1");
  const slow = await TestSocket.openV2(hub, "slow@tv:ops/1");
  for (let i = 0; i < 100; i++)
    await sender.ask({ action: "send_message", type: "task", to: "slow@tv:ops/1", content: CONTENT });
  // Each answer is 6 MB of what waits; it asks for 40 of them.
  slow.ws.pause();
  for (let text = 0; text < 40; text++) {
    slow.send({ action: "get_messages", peek: true, limit: 100, requestId: String(text) });
  }
  for (let asked = 0; asked < 60; asked++) await sender.ask({ action: "ping", to: "ann@laptop:web/1" });
  slow.ws.resume();
  expect(await slow.untilClosed()).toBe(4008);
  expect(bytesOf(slow)).toBeLessThan(KEPT_MAX_BYTES);
}, 150_000);
