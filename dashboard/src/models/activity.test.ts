import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeRecord, makeStandInHub, sent } from "../test-kit/stand-in-hub.ts";
import { ActivityModel } from "./activity.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const NOON = Date.parse("2026-11-22T12:00:00.000Z");
const ANA = "ana@desk:web/1";
const BEN = "bob@desk:api/1";

it("reads the last hour in stretches, counts what comes, and forgets what is older than an hour", async () => {
  let clock = NOON + 60_000;
  const hub = makeStandInHub();
  const { counts } = new ActivityModel(hub, () => clock);
  const asked = hub.requests.map(({ query }) => String(query.from));
  expect(asked).toEqual([0, 1, 2, 3, 4, 5].map((at) => new Date(NOON - at * 600_000).toISOString()));
  for (const from of asked) {
    const isFirst = from === asked.at(-1);
    const edges = isFirst ? [{ from: ANA, to: "topic:web", messages: 7 }] : [];
    hub.take("/api/traffic").answer({ edges });
  }
  await vi.advanceTimersByTimeAsync(0);
  expect([...counts.value]).toEqual([[ANA, [7, 0, 0, 0, 0, 0]]]);
  hub.tell(sent(makeRecord(1)), sent(makeRecord(2)));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(counts.value.get(ANA)).toEqual([7, 0, 0, 0, 0, 2]);
  expect(counts.value.get(BEN)).toEqual([0, 0, 0, 0, 0, 2]);
  clock += 600_000;
  hub.tell(sent(makeRecord(3)));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(counts.value.get(ANA)).toEqual([0, 0, 0, 0, 2, 1]);
});
