import { expect, it, onTestFinished } from "vitest";
import { startHub } from "../helpers/hub.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";

it("starts workerd again where it was, each time it is killed", async () => {
  const hub = await startHub({ dataDir: makeTempDir() });
  onTestFinished(async () => void (await hub.stop()));
  const pids = [hub.workerdPid];
  for (let round = 0; round < 3; round++) {
    await hub.untilRestarted();
    pids.push(hub.workerdPid);
    expect(await (await fetch(`${hub.url}/health`)).json()).toMatchObject({ status: "ok" });
  }
  expect(new Set(pids).size).toBe(4);
});
