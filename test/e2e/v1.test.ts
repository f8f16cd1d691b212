import { expect, it } from "vitest";
import { HubClient } from "../helpers/hub-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";
import { TestSocket } from "../helpers/test-socket.ts";

const OLD = "old@laptop:web/1";
const NEW = "new@server:api/2";

it("serves a v1 client beside v2 clients (C3, C5, section 5)", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const v1 = await TestSocket.openV1(hub, OLD);
  await v1.untilFrame((frame) => frame.action === "subscriptions:sync", "subscriptions:sync");
  expect(v1.texts).toHaveLength(1);
  expect(v1.frames[0]).toEqual({ action: "subscriptions:sync", topics: expect.any(Array) });

  const v2 = await HubClient.connect(hub, { instanceId: NEW });
  const contents = Array.from({ length: 50 }, (_, i) => `message ${i}`);
  const replies = await Promise.all(v2.sendAll(contents.map((content) => ({ to: OLD, content }))));
  expect(replies).toMatchObject(contents.map(() => ({ queued: false, to: OLD })));
  await v1.until(() => v1.texts.length === 51, "50 bare messages");
  expect(v1.frames.slice(1).map((frame) => frame.content)).toEqual(contents);
});

it("gives a v1 client each message once and bare, also after an absence", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir(), env: { CC2CC_RATE_FRAMES: "0" } });
  const first = await TestSocket.openV1(hub, OLD);
  await first.untilFrame((frame) => frame.action === "subscriptions:sync", "subscriptions:sync");
  await first.close();
  const v2 = await HubClient.connect(hub, { instanceId: NEW });
  const contents = Array.from({ length: 150 }, (_, i) => `message ${i}`);
  const away = await Promise.all(v2.sendAll(contents.map((content) => ({ to: OLD, content }))));
  expect(away[0]).toMatchObject({ queued: true, warning: expect.stringContaining("offline") });

  const v1 = await TestSocket.openV1(hub, OLD);
  await v1.until(() => v1.texts.length === 151, "sync and 150 messages");
  expect(v1.frames.slice(1).map((frame) => frame.content)).toEqual(contents);
  const [, message] = v1.frames;
  expect(Object.keys(message ?? {}).sort()).toEqual(["content", "from", "messageId", "timestamp", "to", "type"]);
  expect(message).toMatchObject({ from: NEW, to: OLD, type: "task" });

  expect(await v1.ask({ action: "send_message", to: NEW, type: "result", content: "from old" })).toMatchObject({
    queued: false,
    to: NEW,
  });
  await v2.untilReceived(1);
  expect(v2.received).toMatchObject([{ from: OLD, content: "from old" }]);

  await v1.close();
  const again = await TestSocket.openV1(hub, OLD);
  expect(await again.ask({ action: "get_messages" })).toMatchObject({ messages: [] });
  expect(again.texts).toHaveLength(2);
});
