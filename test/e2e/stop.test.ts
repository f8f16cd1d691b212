import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isAlive, untilGone } from "../helpers/hub.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";
import { TestSocket } from "../helpers/test-socket.ts";

it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("ends workerd and itself on %s", async (signal) => {
  const dataDir = makeTempDir();
  const hub = await startTestHub({ dataDir });
  const { workerdPid } = hub;
  expect(isAlive(workerdPid)).toBe(true);
  expect(await hub.stop(signal)).toBe(0);
  expect(isAlive(workerdPid)).toBe(false);
  expect(existsSync(join(dataDir, "hub.json"))).toBe(false);
});

it("ends when npm is told to", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir(), isThroughNpm: true });
  const { workerdPid } = hub;
  await hub.stop("SIGTERM");
  await untilGone(workerdPid);
});

it("does not wait for clients that stay connected", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const socket = new WebSocket(`${hub.url}/ws/plugin?instanceId=a@b:c/d&key=${hub.key}`);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
  expect(await hub.stop()).toBe(0);
  await closed;
});

it("leaves no workerd behind when it is killed itself, and starts again on the same port and data", async () => {
  const dataDir = makeTempDir();
  const first = await startTestHub({ dataDir });
  const { workerdPid, port } = first;
  await first.stop("SIGKILL");
  await untilGone(workerdPid);
  const second = await startTestHub({ dataDir, port });
  expect((await fetch(`${second.url}/health`)).status).toBe(200);
  await second.stop();
});

it("has in its history what was accepted just before it was stopped, as soon as it runs again", async () => {
  const dataDir = makeTempDir();
  const first = await startTestHub({ dataDir });
  const away = await TestSocket.openV2(first, "b@h:p/1");
  away.ws.close();
  await away.untilClosed();
  const sender = await TestSocket.openV2(first, "a@h:p/1");
  await sender.ask({ action: "send_message", to: "b@h:p/1", type: "task", content: "the last word" });
  await first.stop();
  const second = await startTestHub({ dataDir });
  const contents = async () => {
    const headers = { authorization: `Bearer ${second.key}` };
    const page = (await (await fetch(`${second.url}/api/messages`, { headers })).json()) as {
      items: { content: string }[];
    };
    return page.items.map((item) => item.content);
  };
  await expect.poll(contents, { timeout: 3_000 }).toEqual(["the last word"]);
});
