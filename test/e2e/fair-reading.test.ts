/** A client that sends faster than it is heard is not the only one who is heard. */
import { expect, it } from "vitest";
import { EagerClient } from "../helpers/eager-client.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { shareQuickHub } from "../helpers/quick-hub.ts";
import { secretOf } from "../helpers/test-socket.ts";

const hub = shareQuickHub({ CC2CC_RATE_FRAMES: "0" });
const urlOf = (instanceId: string) =>
  `${hub().url.replace("http", "ws")}/ws/plugin?${new URLSearchParams({ instanceId, identity: secretOf(instanceId) })}`;

it("[C6] hears others while a client sends pings without a pause", async () => {
  const other = await HubClient.connect(hub(), { instanceId: "bo@tv:fair/1" });
  const ping = { text: "ping", answer: "pong", count: 60_000, window: 20_000 };
  const flooder = new EagerClient({ url: urlOf("flood@tv:fair/1"), key: hub().key, ...ping });
  await flooder.begun;
  await other.ask({ action: "list_topics" });
  expect(flooder.isDone).toBe(false);
  await flooder.done;
}, 120_000);
