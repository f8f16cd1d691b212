import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Schedule } from "../../../shared/schedules.ts";
import { makeStandInHub } from "../test-kit/stand-in-hub.ts";
import { InstanceSchedulesModel } from "./instance-schedules.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ana = "ana@desk:web/1";
const timestamp = "2026-11-22T12:00:00.000Z";
const scheduleOf = (name: string, nextFireAt: string | null) => ({ name, nextFireAt }) as Schedule;

it("has what fires next first, and reads again for schedules and for its own role", async () => {
  const hub = makeStandInHub();
  const model = new InstanceSchedulesModel(hub, ana);
  const request = hub.take("/api/schedules");
  expect(request.query).toEqual({ instance: ana, limit: 20 });
  const items = [
    scheduleOf("paused", null),
    scheduleOf("later", timestamp),
    scheduleOf("soon", "2026-11-22T11:00:00Z"),
  ];
  request.answer({ items, nextCursor: "7" });
  await vi.advanceTimersByTimeAsync(0);
  expect(model.all.value.map(({ name }) => name)).toEqual(["soon", "later", "paused"]);
  expect(model.areMore.value).toBe(true);
  hub.tell({ event: "instance:role_updated", timestamp, instanceId: "ben@desk:web/1", role: "ops" });
  vi.advanceTimersByTime(1_000);
  expect(hub.requests).toEqual([]);
  hub.tell({ event: "instance:role_updated", timestamp, instanceId: ana, role: "ops" });
  vi.advanceTimersByTime(1_000);
  hub.take("/api/schedules").answer({ items: [] });
  await vi.advanceTimersByTimeAsync(0);
  expect(model.all.value).toEqual([]);
  hub.tell({ event: "schedule:deleted", timestamp, scheduleId: "x", name: "x" });
  vi.advanceTimersByTime(1_000);
  expect(hub.requests).toHaveLength(1);
});
