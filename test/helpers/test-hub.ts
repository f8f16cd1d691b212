import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { type HubOptions, type RunningHub, startHub, untilGone } from "./hub.ts";

/** A hub for the test that asks: stopped when the test is finished, however it ends. */
export async function startTestHub(options: HubOptions): Promise<RunningHub> {
  const hub = await startHub(options);
  onTestFinished(async () => void (await hub.stop()));
  return hub;
}

/** One hub, on data of its own, for all tests of a file: call it at the file's top. The result gives the hub in a test. */
export function shareHub(options: Omit<HubOptions, "dataDir"> = {}): () => RunningHub {
  const dataDir = mkdtempSync(join(tmpdir(), "cc2cc-test-"));
  let hub: RunningHub | undefined;
  beforeAll(async () => {
    hub = await startHub({ ...options, dataDir });
  });
  afterAll(async () => {
    const workerdPid = hub?.workerdPid;
    await hub?.stop();
    // npm is gone before what it started is.
    if (workerdPid !== undefined) await untilGone(workerdPid);
    rmSync(dataDir, { recursive: true, force: true });
  });
  return () => {
    if (hub === undefined) throw new Error("the file's hub runs in its tests only");
    return hub;
  };
}
