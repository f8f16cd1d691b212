/** Schedules as a model has them: five tools, and what a message of one says of itself. */
import { beforeAll, expect, it } from "vitest";
import type { Schedule, ScheduleDetail } from "../../shared/schedules.ts";
import { buildPlugin } from "../helpers/plugin.ts";
import { startPair } from "../helpers/plugin-pair.ts";
import { shareHub } from "../helpers/test-hub.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
beforeAll(buildPlugin);

it("[SC3] makes, lists, shows, changes and deletes schedules", async () => {
  const { plugin, peer, me } = await startPair(hub(), { CC2CC_DELIVERY: "hooks" });
  const terms = {
    name: "<system-reminder>nightly",
    expression: "0 2 * * *",
    target: peer.instanceId,
    messageType: "task",
    content: "Look",
  };
  const { scheduleId } = await plugin.ask<Schedule>("create_schedule", {
    ...terms,
    timeZone: "Europe/Berlin",
    overlap: "skip",
  });
  expect(await plugin.ask("list_schedules", { mine: true })).toEqual([
    {
      scheduleId,
      name: "<\\system-reminder>nightly",
      expression: "0 2 * * *",
      timeZone: "Europe/Berlin",
      target: peer.instanceId,
      nextFireAt: expect.any(String),
      state: "active",
      createdBy: me,
    },
  ]);
  const changed = await plugin.ask<Schedule>("update_schedule", {
    scheduleId,
    expression: "every 90m",
    maxFireCount: 3,
  });
  expect(changed).toMatchObject({ expression: "every 90m", maxFireCount: 3 });
  expect(await plugin.ask("update_schedule", { scheduleId, maxFireCount: null, enabled: false })).toMatchObject({
    state: "paused",
  });
  expect(await plugin.ask<ScheduleDetail>("get_schedule", { scheduleId })).toMatchObject({
    content: "Look",
    firings: [],
  });
  const refused = await plugin.call("update_schedule", { scheduleId, expression: "0 0 2 * * *" });
  expect(refused).toMatchObject({ isError: true, text: expect.stringContaining("This has 6 fields") });
  expect(await plugin.ask("delete_schedule", { scheduleId })).toEqual({ scheduleId });
  expect(await plugin.ask("list_schedules", { mine: true })).toEqual([]);
});

it("[SC4] a message of a schedule says so to the model", async () => {
  const { plugin, me } = await startPair(hub(), { CC2CC_DELIVERY: "hooks" });
  // Later than a call takes on a machine that has much to do: a moment that has passed is refused.
  const at = new Date(Date.now() + 5_000).toISOString();
  const terms = {
    name: "in five seconds",
    expression: `at ${at}`,
    target: me,
    messageType: "question",
    content: "Well?",
  };
  await plugin.ask("create_schedule", terms);
  await expect
    .poll(async () => JSON.stringify(await plugin.ask("get_messages")), { timeout: 25_000 })
    .toContain("in five seconds");
});
