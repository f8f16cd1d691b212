/** Resident memory of workerd with idle connections. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningHub } from "../test/helpers/hub.ts";
import { Client, instanceId } from "./client.ts";
import type { Figure } from "./figures.ts";
import type { Context } from "./part.ts";
import { residentMemoryOf } from "./process-stats.ts";

const TARGET = { of: "value", is: "at most", bound: 350 } as const;
/** Connections are opened so many at a time. */
const AT_ONCE = 50;
/** 1,000 connections take 30 s with this, as clients do that come back to a hub with their jitter. */
const PAUSE_MS = 1_500;
const SETTLE_MS = 3_000;

/** workerd lets an object go that was idle for 10 s, so what many connections take depends on how fast they came. */
export async function measureMemory({ startHub }: Context): Promise<Figure[]> {
  const hub = await startHub();
  const figures: Figure[] = [figureOf(hub, "no connection")];
  await openConnections(hub, 0, 100, 0);
  figures.push(figureOf(hub, "100 idle connections"));
  await openConnections(hub, 100, 1_000, 0);
  figures.push({ ...figureOf(hub, "1,000 idle connections, opened at once"), target: TARGET });
  await hub.stop();
  const other = await startHub();
  await openConnections(other, 0, 1_000, PAUSE_MS);
  figures.push({ ...figureOf(other, "1,000 idle connections, opened over 30 s"), target: TARGET });
  await other.stop();
  return figures;
}

async function openConnections(hub: RunningHub, from: number, to: number, pauseMs: number): Promise<void> {
  for (let opened = from; opened < to; opened += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => Client.connect(hub, instanceId(opened + n))));
    await sleep(pauseMs);
  }
  await sleep(SETTLE_MS);
}

function figureOf(hub: RunningHub, connections: string): Figure {
  return { name: `memory of workerd, ${connections}`, value: residentMemoryOf(hub.workerdPid), unit: "MiB" };
}
