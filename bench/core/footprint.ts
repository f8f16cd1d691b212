/** Memory and descriptors of idle connections, and what a hub goes through when everyone comes back at once. */
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { residentMemoryOf } from "../process-stats.ts";
import type { System } from "./system.ts";

const AT_ONCE = 50;
const SETTLE_MS = 3_000;
const LIVEZ_EVERY_MS = 25;

export interface Footprint {
  idleMb: number;
  connectedMb: number;
  descriptorsEach: number;
}

export async function measureFootprint(system: System, clients = 1_000): Promise<Footprint> {
  await (await system.connect(0)).close();
  await sleep(SETTLE_MS);
  const idleMb = residentMemoryOf(system.pid);
  const descriptors = descriptorsOf(system.pid);
  for (let n = 0; n < clients; n += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => system.connect(n + i)));
  }
  await sleep(SETTLE_MS);
  return {
    idleMb,
    connectedMb: residentMemoryOf(system.pid),
    descriptorsEach: (descriptorsOf(system.pid) - descriptors) / clients,
  };
}

function descriptorsOf(pid: number): number {
  return process.platform === "linux" ? readdirSync(`/proc/${pid}/fd`).length : Number.NaN;
}

export interface Rush {
  /** From the first to the last welcome. */
  allInMs: number;
  /** The longest that `/livez` did not answer meanwhile. */
  silenceMs: number;
  mb: number;
}

export async function measureRush(system: System, clients = 2_000): Promise<Rush> {
  let isOver = false;
  const watching = watchLivez(system.livezUrl, () => isOver);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: clients }, (_, n) => system.connect(n)));
  const allInMs = performance.now() - startedAt;
  isOver = true;
  const silenceMs = await watching;
  return { allInMs, silenceMs, mb: residentMemoryOf(system.pid) };
}

/** Returns the longest time without an answer. */
async function watchLivez(url: string, isOver: () => boolean): Promise<number> {
  let longest = 0;
  let answeredAt = performance.now();
  while (!isOver()) {
    await fetch(url)
      .then((response) => response.arrayBuffer())
      .catch(() => undefined);
    const now = performance.now();
    longest = Math.max(longest, now - answeredAt);
    answeredAt = now;
    await sleep(LIVEZ_EVERY_MS);
  }
  return longest;
}
