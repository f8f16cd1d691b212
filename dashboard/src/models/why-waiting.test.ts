import { expect, it } from "vitest";
import type { InstanceInfo } from "../../../shared/message.ts";
import { makeRecord } from "../test-kit/stand-in-hub.ts";
import type { StoredMessage } from "./message-store.ts";
import { describeDuration, describeMoment, expiryOf, whyWaiting } from "./why-waiting.ts";

const AT = "2026-11-22T12:00:00.000Z";
const NOW = Date.parse(AT);
const MIA: InstanceInfo = {
  instanceId: "bob@desk:api/1",
  project: "api",
  status: "online",
  connectedAt: AT,
  lastSeenAt: AT,
  queueDepth: 3,
  topics: [],
};
const paused = { target: "project:api", by: "ada", reason: "release", at: AT };

it.each<[string, Partial<StoredMessage>, Partial<InstanceInfo> | undefined, object | null]>([
  ["has arrived", { state: "acked" }, MIA, null],
  ["was seen", { state: "seen" }, MIA, null],
  ["is under way from this tab", { local: { kind: "pending" } }, MIA, null],
  ["is a publication", { topicName: "t", to: "topic:t" }, undefined, null],
  ["is a broadcast", { to: "broadcast", state: "delivered" }, undefined, null],
  ["was given up", { state: "expired" }, MIA, { kind: "ended" }],
  ["is for somebody who is gone", {}, undefined, { kind: "unknown" }],
  ["is for somebody paused", {}, { ...MIA, status: "offline", paused }, { kind: "paused", paused }],
  ["is for somebody away", {}, { ...MIA, status: "offline" }, { kind: "offline", since: AT }],
  [
    "was written to somebody who left",
    { state: "delivered" },
    { ...MIA, status: "offline", paused },
    { kind: "offline", since: AT },
  ],
  ["is for somebody who asks for it", {}, { ...MIA, delivery: "pull" }, { kind: "pull" }],
  ["was written and not taken", { state: "delivered" }, MIA, { kind: "untaken" }],
  ["is about to be written", {}, MIA, { kind: "coming" }],
])("says of a message that %s", (_what, message, instance, why) => {
  expect(whyWaiting({ ...makeRecord(1), ...message }, instance as InstanceInfo | undefined)).toEqual(why);
});

it("[E2] knows when it ends, also where nobody said so", () => {
  expect(expiryOf(makeRecord(0))).toBe("2026-11-29T12:00:00.000Z");
  expect(expiryOf(makeRecord(0, { expiresAt: AT }))).toBe(AT);
});

it("speaks of times as people do", () => {
  expect([20_000, 90_000, 3_600_000, 47 * 3_600_000, 50 * 3_600_000].map(describeDuration)).toEqual([
    "less than a minute",
    "1 min",
    "1 h",
    "47 h",
    "2 days",
  ]);
  const later = (hours: number) => describeMoment(new Date(NOW + hours * 3_600_000).toISOString(), NOW);
  expect(later(1)).toMatch(/^today at /);
  expect(later(72)).toMatch(/^Wednesday at /);
  expect(later(24 * 8)).toMatch(/2026 at /);
});
