/** Tasks as tests look at them. */
import { env } from "cloudflare:workers";
import { exchangeOf } from "../../../durable-objects/env.ts";
import type { TaskDetail } from "../../../shared/tasks.ts";
import { eventually } from "./hub.ts";
import type { TestClient } from "./test-client.ts";

/** A task with its course; fails where there is none. */
export async function taskOf(taskId: string | undefined): Promise<TaskDetail> {
  const task = await exchangeOf(env).task(taskId ?? "");
  if (task === null) throw new Error(`there is no task ${taskId}`);
  return task;
}

/** Its states so far, the oldest first, each with the session of who had it. */
export async function courseOf(taskId: string | undefined): Promise<string[]> {
  return (await taskOf(taskId)).course.map(({ state, owner }) => `${state} ${owner?.split("/").at(-1) ?? "-"}`);
}

/** Closes, and waits until the exchange has heard of it, which is some time behind the answer to the close. */
export async function goAway(client: TestClient): Promise<void> {
  await client.close();
  const isOnline = async () => {
    const answer = await exchangeOf(env).ping(client.instanceId);
    return answer.ok && answer.value.online;
  };
  await eventually(isOnline, false);
}
