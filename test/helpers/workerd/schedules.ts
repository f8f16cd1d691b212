import { env } from "cloudflare:workers";
import { onTestFinished } from "vitest";
import { exchangeOf } from "../../../durable-objects/env.ts";
import type { Schedule, ScheduleDetail, ScheduleRequest } from "../../../shared/schedules.ts";
import { useClock } from "./clock.ts";
import { ADMIN, runAlarm } from "./hub.ts";
import { type Answer, call } from "./rest.ts";
import { storedEvents } from "./stored-events.ts";
import type { Reply, TestClient } from "./test-client.ts";

type Given = Partial<ScheduleRequest> & { target: string };

export const MINUTE_MS = 60_000;

/** Every ten minutes, a `question`, unless a test says else. */
const USUAL = { name: "nightly", expression: "every 10m", messageType: "question", content: "How is it?" } as const;

/** A clock that a test moves, and the hub's alarm with it. The test's schedules go with it: other tests move it, too. */
export function useScheduleClock() {
  const clock = useClock();
  onTestFinished(async () => {
    const { items } = await exchangeOf(env).schedules({ instance: null, limit: 200, cursor: null });
    for (const { scheduleId } of items) await exchangeOf(env).deleteSchedule(scheduleId, ADMIN);
  });
  return {
    /** Lets time pass, and rings the alarm at the end of it. */
    async pass(minutes: number): Promise<void> {
      clock.advance(minutes * MINUTE_MS);
      await runAlarm();
    },
    advance: clock.advance,
  };
}

export function scheduleRequest(given: Given) {
  return { ...USUAL, ...given };
}

/** Makes one by a frame; fails where it is refused. */
export async function scheduleBy(client: TestClient, given: Given): Promise<Schedule> {
  const { schedule, error } = await askSchedule(client, given);
  if (schedule === undefined) throw new Error(error);
  return schedule;
}

export function askSchedule(client: TestClient, given: Given): Promise<Reply> {
  return client.ask({ action: "create_schedule", ...scheduleRequest(given) });
}

/** Makes one by REST, with the hub's own key by default. */
export async function scheduleByRest(given: Given, key?: string): Promise<Schedule> {
  const { status, body } = await postSchedule(given, key);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body as Schedule;
}

export function postSchedule(given: Given, key?: string): Promise<Answer> {
  return call("POST /api/schedules", { body: scheduleRequest(given), ...(key === undefined ? {} : { key }) });
}

export async function patchSchedule(scheduleId: string, changes: object, key?: string): Promise<Answer> {
  return call(`PATCH /api/schedules/${scheduleId}`, { body: changes, ...(key === undefined ? {} : { key }) });
}

export async function scheduleOf(scheduleId: string): Promise<ScheduleDetail> {
  const schedule = await exchangeOf(env).schedule(scheduleId);
  if (schedule === null) throw new Error(`there is no schedule ${scheduleId}`);
  return schedule;
}

/** What became of its times so far, the oldest first. */
export async function outcomesOf(scheduleId: string): Promise<string[]> {
  return (await scheduleOf(scheduleId)).firings.map(({ outcome }) => outcome).reverse();
}

/** What the stream has of one schedule, as far as the journal has it by now. */
export const scheduleEvents = (scheduleId: string) => storedEvents("schedule:", scheduleId);
