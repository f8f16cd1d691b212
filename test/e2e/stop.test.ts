import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readHubState } from "../../host/data-dir.ts";
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

// SIGINT is not among them: the shell of Debian keeps it to itself until its child ends, which nobody can see.
it.each(["SIGTERM", "SIGHUP", "SIGKILL"] as const)("ends when npm alone gets %s", async (signal) => {
  const dataDir = makeTempDir();
  const hub = await startTestHub({ dataDir, isThroughNpm: true });
  const { workerdPid } = hub;
  const launcherPid = readHubState(dataDir)?.pid ?? 0;
  expect(launcherPid).not.toBe(hub.pid);
  await hub.stop(signal);
  await untilGone(workerdPid);
  await untilGone(launcherPid);
});

it("goes on in the background when the shell that started it there has ended", async () => {
  const dataDir = makeTempDir();
  const settings = { CC2CC_DATA_DIR: dataDir, CC2CC_BIND: "127.0.0.1", CC2CC_HUB_PORT: "0", CC2CC_DASHBOARD_PORT: "" };
  const shell = spawn("sh", ["-c", "nohup npm start >/dev/null 2>&1 </dev/null & exit 0"], {
    env: { ...process.env, ...settings },
    stdio: "ignore",
    // As a terminal has it: npm is then in no group of ours.
    detached: true,
  });
  await once(shell, "exit");
  await expect.poll(() => readHubState(dataDir)?.pid).toBeTypeOf("number");
  const { pid = 0, workerdPid = 0, url = "" } = readHubState(dataDir) ?? {};
  onTestFinished(async () => {
    if (isAlive(pid)) process.kill(pid, "SIGTERM");
    await untilGone(workerdPid);
  });
  // Longer than the launcher takes to notice that npm has gone.
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect((await fetch(`${url}/health`)).status).toBe(200);
  }
});

it("goes on when nobody reads any more what it prints", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir(), env: { CC2CC_LOG_LEVEL: "debug" } });
  hub.closeOutput();
  // Each of these is a line of its log.
  for (let i = 0; i < 20; i++) {
    const socket = await TestSocket.openV2(hub, "a@h:p/1");
    socket.ws.close();
    await socket.untilClosed();
  }
  expect(isAlive(hub.pid)).toBe(true);
  expect((await fetch(`${hub.url}/health`)).status).toBe(200);
  expect(await hub.stop()).toBe(0);
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
