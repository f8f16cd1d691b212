/**
 * Everything a simulation does to the hub besides talking to it: crash it, wake it, let time-driven work run. It names
 * the hub's objects by their bindings only and uses no call of theirs, so that a new design runs the same seeds.
 */
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { SeededRandom } from "../helpers/seeded-random.ts";
import { call } from "../helpers/workerd/rest.ts";

/** The instances and topics of one run: several runs share a hub. */
export interface Scope {
  instances: readonly string[];
  topics: readonly string[];
}

type Stub = DurableObjectStub<undefined>;

/** The objects there can be for a run, by binding; a binding that a design does not have has none. */
function objectsOf({ instances, topics }: Scope): [name: string, stub: Stub][] {
  const names: Record<string, readonly string[]> = {
    MAILBOX: instances,
    TOPIC: topics,
    EXCHANGE: ["exchange"],
    DIRECTORY: ["directory"],
    JOURNAL: ["journal"],
  };
  const bindings = env as unknown as Record<string, DurableObjectNamespace<undefined> | undefined>;
  return Object.entries(names).flatMap(([binding, all]) => {
    const namespace = bindings[binding];
    return namespace === undefined
      ? []
      : all.map((name) => [`${binding} ${name}`, namespace.getByName(name) as Stub] as [string, Stub]);
  });
}

/** Aborts every object at once and without warning; what was on disk stays. In-workerd stand-in for kill -9. */
export async function crashHub(): Promise<void> {
  await abortAllDurableObjects();
}

/** Does what the launcher does after a start: asks until the hub says that it is healthy. */
export async function wakeHub(): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    if ((await call("GET /health", { key: null })).status === 200) return;
    await scheduler.wait(0);
  }
  throw new Error("the hub did not become healthy after a crash");
}

/** T6: what an operator does. Returns whether the task went over; a hub that crashes meanwhile does not say. */
export async function reassign(taskId: string, to: string): Promise<boolean> {
  const answer = await call(`POST /api/tasks/${taskId}/reassign`, { body: { to } }).catch(() => undefined);
  return answer?.status === 200;
}

/** Aborts one object of the run, as a platform may; returns its name. The others keep their memory. */
export async function crashOneObject(random: SeededRandom, scope: Scope): Promise<string> {
  const byBinding = Map.groupBy(objectsOf(scope), ([name]) => name.slice(0, name.indexOf(" ")));
  const [name, stub] = random.pick(random.pick([...byBinding.values()]));
  await runInDurableObject(stub, (_, state) => state.abort("a simulated fault")).catch(() => undefined);
  return name;
}

/** One object of the run loses its memory while it has nothing to do, where the platform and the design allow that. */
export async function evictOneObject(random: SeededRandom, scope: Scope): Promise<string> {
  // Mailboxes and the exchange hold sockets that do not hibernate: the platform keeps them, and a test would wait for that.
  const [name, stub] = random.pick(objectsOf(scope).filter(([other]) => !/^(MAILBOX|EXCHANGE) /.test(other)));
  // An object that nothing has woken since a crash cannot be evicted.
  await runInDurableObject(stub, () => undefined);
  await evictDurableObject(stub).catch(() => undefined);
  return name;
}

/** Lets time-driven work of every object of the run happen at once, due or not. */
export async function runAlarms(scope: Scope): Promise<void> {
  for (const [, stub] of objectsOf(scope)) await runDurableObjectAlarm(stub);
}

/**
 * Rings the alarms that are due by the run's clock, which the platform does not know: a wake-up that is set too late, or
 * not at all, is not made up for.
 */
export async function runDueAlarms(scope: Scope): Promise<void> {
  for (const [, stub] of objectsOf(scope)) {
    const at = await runInDurableObject(stub, (_, state) => state.storage.getAlarm());
    if (at !== null && at <= Date.now()) await runDurableObjectAlarm(stub);
  }
}
