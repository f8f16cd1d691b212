/** The parts of the core's benchmark: each takes a fresh system and returns figures by the keys of `table.ts`. */
import { setTimeout as sleep } from "node:timers/promises";
import { startBackground } from "./background.ts";
import { measureCommits } from "./commits.ts";
import { measureFootprint, measureRush } from "./footprint.ts";
import { type LoadOptions, measureSteady, measureThroughput } from "./load.ts";
import { measureFanOut } from "./publications.ts";
import { keyOf, type System } from "./system.ts";
import { measureWaiting } from "./waiting.ts";

export interface PartOptions extends LoadOptions {
  /** How many idle connections, and how many clients that come at once. */
  idleClients: number;
  rushClients: number;
}

/** By key; what a part cannot tell of a system is left out. */
export type Figures = Record<string, number | undefined>;

export type CorePart = (system: System, options: PartOptions, note: (line: string) => void) => Promise<Figures>;

export const CORE_PARTS: Readonly<Record<string, CorePart>> = {
  async steady(system, options) {
    return { ...(await measureSteady(system, options)) };
  },
  async busy(system, options) {
    const background = await startBackground(system);
    const { p50, p95, p99 } = await measureSteady(system, options);
    await background.end();
    return { busyP50: p50, busyP95: p95, busyP99: p99 };
  },
  async separate(system, options) {
    const { perSecond, cpuUs } = await measureThroughput(system, "separate", options);
    return { separate: perSecond, separateCpu: cpuUs };
  },
  async shared(system, options) {
    const { perSecond, cpuUs } = await measureThroughput(system, "shared", options);
    return { shared: perSecond, sharedCpu: cpuUs };
  },
  // A bare hub has no ledger.
  async tasks(system, options) {
    if (system.name !== "hub") return {};
    const { perSecond, cpuUs } = await measureThroughput(system, "separate", options, "task");
    return { tasks: perSecond, tasksCpu: cpuUs };
  },
  async live(system, options) {
    const { lastMs, perSecond } = await measureFanOut(system, false, options);
    return { liveLast: lastMs, live: perSecond };
  },
  async durable(system, options) {
    const { lastMs, perSecond } = await measureFanOut(system, true, options);
    return { durableLast: lastMs, durable: perSecond };
  },
  // The plain hub keeps nothing for who is away.
  async waiting(system) {
    return system.name === "plain" ? {} : { waiting: await measureWaiting(system) };
  },
  async footprint(system, { idleClients }) {
    const { idleMb, connectedMb, descriptorsEach } = await measureFootprint(system, idleClients);
    return { idleMb, connectedMb, descriptors: descriptorsEach };
  },
  async recovery(system) {
    await leaveInTraffic(system);
    const { readyMs, launcherMs } = await system.killAndStart();
    return { readyMs: readyMs - (Number.isNaN(launcherMs) ? 0 : launcherMs), launcherMs };
  },
  async rush(system, { rushClients }) {
    const { allInMs, silenceMs, mb } = await measureRush(system, rushClients);
    return { allInMs, silenceMs, rushMb: mb };
  },
  async commits(system, options, note) {
    if (system.name === "plain") return {};
    const { messages, fsyncs, reason } = await measureCommits(system, options);
    if (fsyncs === null) {
      note(`fsyncs by object are left out: ${reason}`);
      return {};
    }
    const all = Object.values(fsyncs).reduce((sum, count) => sum + count, 0);
    const each = Object.entries(fsyncs).map(([name, count]) => `${name} ${(count / messages).toFixed(2)}`);
    note(`fsyncs per message by object, ${system.name}: ${each.join(", ") || "none"}`);
    return { fsyncs: all / messages };
  },
};

/** Traffic as fast as it goes, with queues of some who are away: what a kill then leaves behind. */
async function leaveInTraffic(system: System): Promise<void> {
  const senders = await Promise.all(Array.from({ length: 10 }, (_, n) => system.connect(n)));
  for (let n = 10; n < 20; n++) if (system.name === "hub") await (await system.connect(n)).close();
  let sent = 0;
  for (let turn = 0; turn < 50; turn++) {
    for (const sender of senders) for (let i = 0; i < 10; i++) sender.send(turn % 2 === 0 ? i : 10 + i, keyOf(sent++));
    await sleep(10);
  }
}
