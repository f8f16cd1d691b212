/** Schedules on a hub of real processes: time by the hub's own alarm, and what a `kill -9` must not change. */
import { expect, it } from "vitest";
import type { Schedule, ScheduleDetail } from "../../shared/schedules.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

it("[SC1] fires when the time comes, each time once, over kill -9 before, in and after it", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir(), env: { CC2CC_RATE_FRAMES: "0" } });
  const rest = async <T>(path: string) =>
    (await (await fetch(`${hub.url}${path}`, { headers: { authorization: `Bearer ${hub.key}` } })).json()) as T;
  const ann = await HubClient.connect(hub, { instanceId: "ann@desk:shop/1" });
  const made: Schedule[] = [];
  // Two moments each second: the hub is killed among them.
  const firstAt = Date.now() + 5_000;
  for (let n = 0; n < 16; n++) {
    const at = new Date(firstAt + Math.floor(n / 2) * 1_000).toISOString();
    const reply = await ann.ask({
      action: "create_schedule",
      name: `time ${n}`,
      expression: `at ${at}`,
      target: ann.instanceId,
      messageType: "question",
      content: `time ${n}`,
    });
    made.push(reply.schedule as Schedule);
  }
  await ann.untilReceived(1);
  await hub.crash();
  await ann.until(() => ann.isOnline && ann.received.length >= 5, "those of the time when it was down");
  await hub.crash();
  await ann.untilReceived(16);
  const ids = ann.received.map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe(16);
  expect(new Set(ann.received.map(({ content }) => content)).size).toBe(16);
  for (const { scheduleId } of made) {
    const schedule = await rest<ScheduleDetail>(`/api/schedules/${scheduleId}`);
    expect(schedule).toMatchObject({ fireCount: 1, state: "over", firings: [{ outcome: "sent" }] });
    expect(ids).toContain(schedule.firings[0]?.messageIds?.[0]);
  }
});
