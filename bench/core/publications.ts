/** Publications to a hundred who read: how long until the last has one, and how many deliveries a second. */
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../client.ts";
import { medianOf } from "../percentiles.ts";
import { OUTSTANDING } from "../workload.ts";
import { type LoadOptions, type Rate, rateOf } from "./load.ts";
import { keyOf, type Peer, type System } from "./system.ts";

const READERS = 100;
const SINGLE = 60;
const SINGLE_WARMUP = 20;

export interface FanOut extends Rate {
  /** Median of the time until the last has it, one publication at a time. */
  lastMs: number;
}

export async function measureFanOut(
  system: System,
  isDurable: boolean,
  { seconds, warmupSeconds }: LoadOptions,
): Promise<FanOut> {
  let delivered = 0;
  let onDelivery: () => void = () => undefined;
  for (let n = 1; n <= READERS; n++) {
    const reader = await system.connect(n, {
      onDelivered(keys) {
        delivered += keys.length;
        onDelivery();
      },
    });
    await reader.join();
  }
  let published = 0;
  let isStopped = true;
  const publishMore = (count: number) => {
    for (let i = 0; i < count && !isStopped; i++) publish();
  };
  const publisher: Peer = await system.connect(0, isDurable ? { onAccepted: publishMore } : {});
  const publish = () => publisher.publish(keyOf(published++), isDurable);
  const lastMs = await timeOneByOne(async () => {
    const due = delivered + READERS;
    const last = new Promise<void>((resolve) => {
      onDelivery = () => void (delivered >= due && resolve());
    });
    publish();
    await last;
  });
  onDelivery = () => undefined;
  isStopped = false;
  // A bare hub does not answer a live one: what has arrived everywhere makes room for the next.
  if (!isDurable) onDelivery = () => publishMore(Math.floor(delivered / READERS) + OUTSTANDING - published);
  for (let i = 0; i < OUTSTANDING; i++) publish();
  await sleep(warmupSeconds * 1_000);
  const rate = await rateOf(system, seconds, () => delivered);
  isStopped = true;
  await until(
    "every publication to reach everyone once",
    () => delivered === published * READERS,
    () => ({ published, delivered }),
  );
  return { ...rate, lastMs };
}

/** The median of how long one publication takes to its last reader. */
async function timeOneByOne(publishOne: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < SINGLE_WARMUP + SINGLE; i++) {
    const startedAt = performance.now();
    await publishOne();
    if (i >= SINGLE_WARMUP) times.push(performance.now() - startedAt);
  }
  return medianOf(times);
}
