/** What crashes do to who was online when, as history tells it. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Presence } from "../../shared/history.ts";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import { crash, crashExchange, freshIds, runAlarm } from "../../test/helpers/workerd/hub.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";
import { journalOf } from "../env.ts";

const HOUR = 3_600_000;
/** As long as clients may take to come back after a crash, and more. */
const RELINKED = 6_000;

async function spansOf(instanceId: string): Promise<Presence["spans"]> {
  const now = Date.now();
  return (await journalOf(env).presence(instanceId, now - 24 * HOUR, now + 1)).spans;
}

/** Resolves with the spans when they are so many, and the last one is open or has ended. */
async function untilSpans(instanceId: string, count: number, isOpen: boolean): Promise<Presence["spans"]> {
  const look = async () => {
    const spans = await spansOf(instanceId);
    return [spans.length, spans.at(-1)?.to === null];
  };
  await expect.poll(look, { timeout: 3_000 }).toEqual([count, isOpen]);
  return spansOf(instanceId);
}

it("goes on over a crash for who comes back, and ends for who does not", async () => {
  const clock = useClock();
  const { a, b } = freshIds();
  await Promise.all([a, b].map((id) => TestClient.connect(id)));
  await untilSpans(a, 1, true);
  await runAlarm();
  await crash();
  await TestClient.connect(a);
  clock.advance(RELINKED);
  await runAlarm();
  const [ended] = await untilSpans(b, 1, false);
  expect(Date.parse(ended?.to as string)).toBeGreaterThanOrEqual(Date.now() - RELINKED);
  await untilSpans(a, 1, true);
});

it("ends with a hub that was away for long, for everyone, when the hub was last there", async () => {
  const clock = useClock();
  const { a, b } = freshIds();
  await Promise.all([a, b].map((id) => TestClient.connect(id)));
  await runAlarm();
  const lastAt = Date.now();
  await untilSpans(a, 1, true);
  await crash();
  clock.advance(8 * HOUR);
  await TestClient.connect(a);
  const [before, after] = await untilSpans(a, 2, true);
  expect(Math.abs(Date.parse(before?.to as string) - lastAt)).toBeLessThan(60_000);
  expect(Date.parse(after?.from as string)).toBeGreaterThanOrEqual(lastAt + 8 * HOUR);
  const [gone] = await untilSpans(b, 1, false);
  expect(gone?.to).toBe(before?.to);
});

it("goes on where the exchange alone starts anew and clients stay on their sockets, also after a sleep", async () => {
  const clock = useClock();
  const { a } = freshIds();
  const alice = await TestClient.connect(a);
  await untilSpans(a, 1, true);
  await runAlarm();
  await crashExchange();
  await alice.sync();
  await untilSpans(a, 1, true);
  clock.advance(8 * HOUR);
  await crashExchange();
  await alice.sync();
  await untilSpans(a, 2, true);
  await alice.close();
  await untilSpans(a, 2, false);
});

it("[Q8] follows a session change, and ends when the session leaves", async () => {
  const { a, b } = freshIds();
  const alice = await TestClient.connect(a);
  await alice.ask({ action: "session_update", newInstanceId: b });
  const [old] = await untilSpans(a, 1, false);
  const [next] = await untilSpans(b, 1, true);
  expect(next?.from).toBe(old?.to);
  await alice.close();
  await untilSpans(b, 1, false);
});
