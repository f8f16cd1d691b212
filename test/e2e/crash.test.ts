import { expect, it } from "vitest";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

it("starts workerd again where it was, each time it is killed", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const pids = [hub.workerdPid];
  for (let round = 0; round < 3; round++) {
    await hub.crash();
    pids.push(hub.workerdPid);
    expect(await (await fetch(`${hub.url}/health`)).json()).toMatchObject({ status: "ok" });
  }
  expect(new Set(pids).size).toBe(4);
});
