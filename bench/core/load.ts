/** Direct messages: at a steady rate, with their times, and as fast as they go, with what each costs. */
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageType } from "../../shared/message.ts";
import { until } from "../client.ts";
import { type Percentiles, percentilesOf } from "../percentiles.ts";
import { cpuTimeOf } from "../process-stats.ts";
import { OUTSTANDING } from "../workload.ts";
import { keyOf, type Peer, type System } from "./system.ts";

const PAIRS = 10;
const PER_SECOND = 400;
const CLIENTS = 20;

export interface LoadOptions {
  seconds: number;
  warmupSeconds: number;
}

/** Send → received of messages that come at a steady rate between ten pairs, in ms. Fails unless each arrives once. */
export async function measureSteady(system: System, { seconds, warmupSeconds }: LoadOptions): Promise<Percentiles> {
  const sentAt = new Map<string, number>();
  const times: number[] = [];
  const onDelivered = (keys: string[]) => {
    for (const key of keys) {
      times.push(performance.now() - (sentAt.get(key) as number));
      sentAt.delete(key);
    }
  };
  const peers: Peer[] = [];
  for (let n = 0; n < 2 * PAIRS; n++) peers.push(await system.connect(n, { onDelivered }));
  const startedAt = performance.now();
  let sent = 0;
  for (let now = startedAt; now < startedAt + (warmupSeconds + seconds) * 1_000; now = performance.now()) {
    for (; sent < ((now - startedAt) * PER_SECOND) / 1_000; sent++) {
      const key = keyOf(sent);
      sentAt.set(key, performance.now());
      (peers[sent % PAIRS] as Peer).send(PAIRS + (sent % PAIRS), key);
    }
    await sleep(1);
  }
  await until(
    "every message to arrive",
    () => sentAt.size === 0,
    () => ({ missing: sentAt.size }),
  );
  await Promise.all(peers.map((peer) => peer.close()));
  return percentilesOf(times.slice(warmupSeconds * PER_SECOND));
}

export interface Rate {
  perSecond: number;
  /** CPU of the measured process for each, in µs. */
  cpuUs: number;
}

/**
 * Everyone who sends has 32 messages outstanding. `separate`: 20 send to 20 others in turn; `shared`: 20 send to each other,
 * themselves included. Counted is what arrives; fails unless everything does, once. `type`: of the messages, where the system
 * knows types; undefined for one that opens no task.
 */
export async function measureThroughput(
  system: System,
  shape: "separate" | "shared",
  { seconds, warmupSeconds }: LoadOptions,
  type?: MessageType,
): Promise<Rate> {
  let [sent, received] = [0, 0];
  let isSending = true;
  const onDelivered = (keys: string[]) => {
    received += keys.length;
  };
  const first = shape === "separate" ? CLIENTS : 0;
  if (shape === "separate") for (let n = 0; n < CLIENTS; n++) await system.connect(CLIENTS + n, { onDelivered });
  const senders = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, n) => {
      let [outstanding, turn] = [0, n];
      const fill = () => {
        for (; isSending && outstanding < OUTSTANDING; outstanding++) {
          peer.send(first + (turn++ % CLIENTS), keyOf(sent++), type);
        }
      };
      const onAccepted = (count: number) => {
        outstanding -= count;
        fill();
      };
      const peer = await system.connect(n, { onAccepted, ...(shape === "shared" ? { onDelivered } : {}) });
      return fill;
    }),
  );
  for (const fill of senders) fill();
  await sleep(warmupSeconds * 1_000);
  const rate = await rateOf(system, seconds, () => received);
  isSending = false;
  await until(
    "every message to arrive once",
    () => received === sent,
    () => ({ sent, received }),
  );
  return rate;
}

/** How fast a count grows, and what that costs. */
export async function rateOf(system: System, seconds: number, count: () => number): Promise<Rate> {
  const [before, cpuBefore, startedAt] = [count(), cpuTimeOf(system.pid), performance.now()];
  await sleep(seconds * 1_000);
  const done = count() - before;
  const perSecond = (done / (performance.now() - startedAt)) * 1_000;
  return { perSecond, cpuUs: (cpuTimeOf(system.pid) - cpuBefore) / done };
}
