import { expect, it } from "vitest";
import { StartProblem } from "./start-problem.ts";
import { Supervisor, type SupervisorDeps } from "./supervisor.ts";
import type { Ending, WorkerdProcess } from "./workerd-process.ts";

const KILLED: Ending = { code: null, signal: "SIGKILL", lastLine: undefined };
const REFUSED: Ending = { code: 1, signal: null, lastLine: "Address already in use" };

/** Plays one life per start: `healthy` lives wait for `end`, the others end as said, or stay silent. */
function play(lives: (Ending | "healthy" | "silent")[]) {
  const log: string[] = [];
  const ends: ((ending: Ending) => void)[] = [];
  const healthy = new Set<WorkerdProcess>();
  let onHealthy = (): void => undefined;
  const deps: SupervisorDeps = {
    start() {
      const life = lives[ends.length] ?? "healthy";
      const { promise: ended, resolve } = Promise.withResolvers<Ending>();
      ends.push(resolve);
      if (typeof life !== "string") resolve(life);
      const stop = async () => resolve({ code: null, signal: "SIGTERM", lastLine: undefined });
      const process = { pid: ends.length, ended, listening: Promise.resolve(new Map()), stop };
      if (life === "healthy") healthy.add(process);
      log.push(`start ${process.pid}`);
      return process;
    },
    waitUntilHealthy: (process) =>
      healthy.has(process)
        ? Promise.resolve()
        : lives[process.pid - 1] === "silent"
          ? Promise.reject()
          : new Promise(() => {}),
    onHealthy: (process) => {
      log.push(`healthy ${process.pid}`);
      onHealthy();
    },
    log: (line) => log.push(line),
    sleep: async (ms) => void log.push(`sleep ${ms}`),
    now: () => 0,
  };
  const nextHealthy = () => new Promise<void>((resolve) => (onHealthy = resolve));
  return { deps, supervisor: new Supervisor(deps), log, nextHealthy, end: (ending: Ending) => ends.at(-1)?.(ending) };
}

it("starts a hub that was killed again, and stops when told", async () => {
  const { supervisor, log, nextHealthy, end } = play(["healthy", "healthy"]);
  let healthy = nextHealthy();
  const run = supervisor.run();
  await healthy;
  healthy = nextHealthy();
  end(KILLED);
  await healthy;
  await supervisor.stop();
  await run;
  expect(log).toEqual([
    "start 1",
    "healthy 1",
    "workerd ended (SIGKILL); starting it again",
    "sleep 0",
    "start 2",
    "healthy 2",
  ]);
});

it("starts it again when asked to, and counts no crash", async () => {
  const { supervisor, log, nextHealthy } = play(["healthy", "healthy"]);
  let healthy = nextHealthy();
  const run = supervisor.run();
  await healthy;
  healthy = nextHealthy();
  await supervisor.restart();
  await healthy;
  await supervisor.stop();
  await run;
  expect(log).toEqual(["start 1", "healthy 1", "start 2", "healthy 2"]);
});

it("gives up at once on one that never came up, with workerd's own reason", async () => {
  const { supervisor, log } = play([REFUSED]);
  await expect(supervisor.run()).rejects.toThrow("workerd does not come up: exit code 1, Address already in use.");
  expect(log).toEqual(["start 1"]);
});

it("gives up after five starts in vain", async () => {
  const { supervisor, log, nextHealthy, end } = play(["healthy", REFUSED, REFUSED, "silent", REFUSED, REFUSED]);
  const healthy = nextHealthy();
  const run = supervisor.run();
  await healthy;
  end(KILLED);
  await expect(run).rejects.toThrow("workerd does not come up");
  expect(log.filter((line) => line.startsWith("start "))).toHaveLength(6);
});

it("stops one that does not answer before it starts the next", async () => {
  const { supervisor } = play(["silent"]);
  await expect(supervisor.run()).rejects.toThrow("SIGTERM, it did not answer /health");
});

it("tries until it can start a hub again that has run, as when the disk was full", async () => {
  const { deps, log, nextHealthy, end } = play(["healthy", "healthy"]);
  let problems = 0;
  const start = () => {
    if (log.includes("healthy 1") && problems++ < 3) throw new StartProblem("cannot write workerd.capnp (ENOSPC)");
    return deps.start();
  };
  const supervisor = new Supervisor({ ...deps, start });
  let healthy = nextHealthy();
  const run = supervisor.run();
  await healthy;
  healthy = nextHealthy();
  end(KILLED);
  await healthy;
  await supervisor.stop();
  await run;
  expect(log.filter((line) => line.includes("ENOSPC"))).toHaveLength(3);
  expect(log.at(-1)).toBe("healthy 2");
});

it("says why when it cannot start even once", async () => {
  const { deps } = play([]);
  const start = () => {
    throw new StartProblem("cannot write workerd.capnp (ENOSPC)");
  };
  await expect(new Supervisor({ ...deps, start }).run()).rejects.toThrow("ENOSPC");
});
