/** Compares the ledger of tasks, as the hub tells it, with what the stream gives (T5). */
import { env } from "cloudflare:workers";
import { exchangeOf } from "../../durable-objects/env.ts";
import type { Observer } from "./observer.ts";
import { type ReplayedTask, TaskReplay } from "./task-replay.ts";

/** The ledger in the form of a replay; `role` null for all of it. */
export async function readLedger(role: string | null): Promise<Map<string, ReplayedTask>> {
  const ledger = new Map<string, ReplayedTask>();
  for (let cursor: string | null = null; ; ) {
    const request = { owner: null, requester: null, role, state: "any", changed: null, limit: 200, cursor } as const;
    const { items, nextCursor } = await exchangeOf(env).tasks(request);
    for (const { taskId, state, owner, requester, role, progress } of items) {
      ledger.set(taskId, { state, owner, requester, role, progress });
    }
    if (nextCursor === undefined) return ledger;
    cursor = nextCursor;
  }
}

/** Everything that an observer has read, as tasks. */
export function replayOf({ events }: Observer): TaskReplay {
  const replay = new TaskReplay();
  for (const event of events) if (event.event !== "hub:hello" && event.event !== "hub:gap") replay.take(event);
  return replay;
}

/** What of the tasks that opened while an observer was there does not agree, in words. */
export async function auditTasks(observer: Observer): Promise<string[]> {
  const ledger = await readLedger(null);
  const replay = replayOf(observer);
  const wrong = [...replay.tasks].flatMap(([taskId, task]) => {
    const [made, told] = [JSON.stringify(task), JSON.stringify(ledger.get(taskId))];
    return made === told ? [] : [`T5: the task ${taskId} is ${told}, and by its history ${made}`];
  });
  return [...replay.faults, ...wrong];
}
