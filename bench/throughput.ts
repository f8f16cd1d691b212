/**
 * Everyone sends to everyone in turn. Counted is what was accepted, received and acked within the measured time; the run
 * fails unless every message arrived once and in order.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningHub } from "../test/helpers/hub.ts";
import { instanceId, until } from "./client.ts";
import { type EchoRate, measureEchoRate } from "./echo.ts";
import { type Figure, percentileFigures, type Target } from "./figures.ts";
import type { Context } from "./part.ts";
import { Participant, Tally, type Texts } from "./participant.ts";
import { type Percentiles, percentilesOf } from "./percentiles.ts";
import { cpuTimeOf } from "./process-stats.ts";
import { CONNECTIONS, ECHO_SECONDS, LOAD_SECONDS, LOAD_WARMUP_SECONDS } from "./workload.ts";

export async function measureThroughput(context: Context): Promise<Figure[]> {
  return [
    ...(await measureAgainstEcho(context, "arrays", { of: "ratio", is: "at least", bound: 0.8 })),
    ...(await measureAgainstEcho(context, "single frames")),
  ];
}

/** The echo is measured before and after, since machines drift. */
async function measureAgainstEcho({ echo, startHub }: Context, texts: Texts, target?: Target): Promise<Figure[]> {
  const before = await measureEchoRate(echo, ECHO_SECONDS);
  const hub = await startHub();
  const { perSecond, cpuUs, accepted, received } = await runLoad(hub, texts);
  await hub.stop();
  const after = await measureEchoRate(echo, ECHO_SECONDS);
  const mean = (of: keyof EchoRate) => (before[of] + after[of]) / 2;
  const name = texts === "arrays" ? "load" : "load, one frame a text";
  return [
    {
      name: `${name}: messages accepted, received and acked`,
      value: perSecond,
      unit: "/s",
      echo: mean("perSecond"),
      ...(target === undefined ? {} : { target }),
    },
    { name: `${name}: CPU of workerd per message`, value: cpuUs, unit: "µs", echo: mean("cpuUs") },
    ...percentileFigures(`${name}: send → accepted`, accepted),
    ...percentileFigures(`${name}: send → received`, received),
  ];
}

export interface LoadResult {
  perSecond: number;
  /** Messages of the whole run, warm-up included. */
  total: number;
  /** CPU time of workerd for each message. */
  cpuUs: number;
  accepted: Percentiles;
  received: Percentiles;
}

export async function runLoad(hub: RunningHub, texts: Texts): Promise<LoadResult> {
  const tally = new Tally();
  const everyone = Array.from({ length: CONNECTIONS }, (_, n) => instanceId(n));
  const participants = await Promise.all(everyone.map((id) => Participant.join(hub, id, everyone, texts, tally)));
  for (const participant of participants) participant.start();
  await sleep(LOAD_WARMUP_SECONDS * 1_000);
  const result = await measureFor(LOAD_SECONDS, tally, hub.workerdPid);
  for (const participant of participants) participant.stop();
  // More than was sent fails as well as less.
  await until(
    "every message to be accepted, received and acked once",
    () => tally.isSettled,
    () => tally.counts,
  );
  result.total = tally.sent;
  return result;
}

async function measureFor(seconds: number, tally: Tally, workerdPid: number): Promise<LoadResult> {
  tally.acceptedMs.length = 0;
  tally.receivedMs.length = 0;
  const doneBefore = tally.done;
  const cpuBefore = cpuTimeOf(workerdPid);
  const startedAt = performance.now();
  await sleep(seconds * 1_000);
  const done = tally.done - doneBefore;
  return {
    perSecond: (done / (performance.now() - startedAt)) * 1_000,
    total: 0,
    cpuUs: (cpuTimeOf(workerdPid) - cpuBefore) / done,
    accepted: percentilesOf(tally.acceptedMs),
    received: percentilesOf(tally.receivedMs),
  };
}
