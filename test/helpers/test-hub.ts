import { onTestFinished } from "vitest";
import { type HubOptions, type RunningHub, startHub } from "./hub.ts";

/** A hub for the test that asks: stopped when the test is finished, however it ends. */
export async function startTestHub(options: HubOptions): Promise<RunningHub> {
  const hub = await startHub(options);
  onTestFinished(async () => void (await hub.stop()));
  return hub;
}
