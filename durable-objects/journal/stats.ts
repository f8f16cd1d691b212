/** Counts and latencies, as `GET /api/stats` tells them. */
import type { JournalStats, Latency } from "../../shared/history.ts";
import { HOUR_MS } from "./digest.ts";
import type { Stores } from "./stores.ts";

const DAY_HOURS = 24;
/** Latencies are of so many at most. */
const SAMPLES = 2_000;
const INSTANCES_MAX = 200;

export function readStats({ counts, threads }: Stores, now: number): JournalStats {
  const hour = Math.floor(now / HOUR_MS);
  const dayAgo = hour - DAY_HOURS + 1;
  const sums = counts.sumCounts(dayAgo);
  const byName = (kind: string) => Object.fromEntries(sums.filter((s) => s.kind === kind).map((s) => [s.name, s.n]));
  const hours = new Map(counts.countHours(dayAgo).map((row) => [row.hour, row.n]));
  const midnight = hour - (hour % DAY_HOURS);
  const since = now - DAY_HOURS * HOUR_MS;
  return {
    messagesToday: [...hours].reduce((sum, [at, n]) => (at >= midnight ? sum + n : sum), 0),
    queuedTotal: counts.sumDepths(),
    hours: Array.from({ length: DAY_HOURS }, (_, i) => ({
      at: new Date((dayAgo + i) * HOUR_MS).toISOString(),
      messages: hours.get(dayAgo + i) ?? 0,
    })),
    types: byName("type"),
    topics: byName("topic"),
    instances: instancesOf(byName("sent"), byName("received")),
    delivery: latencyOf(counts.deliveryTimes(since, SAMPLES)),
    answers: latencyOf(counts.answerTimes(since, SAMPLES)),
    unanswered: threads.countUnanswered(),
  };
}

function instancesOf(sent: Record<string, number>, received: Record<string, number>): JournalStats["instances"] {
  return [...new Set([...Object.keys(sent), ...Object.keys(received)])]
    .map((instanceId) => ({ instanceId, sent: sent[instanceId] ?? 0, received: received[instanceId] ?? 0 }))
    .sort((a, b) => b.sent + b.received - a.sent - a.received)
    .slice(0, INSTANCES_MAX);
}

/** Nearest rank. */
export function latencyOf(times: readonly number[]): Latency {
  const sorted = times.map((ms) => Math.max(0, ms)).sort((a, b) => a - b);
  const rank = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? null;
  return { count: sorted.length, p50Ms: rank(0.5), p95Ms: rank(0.95) };
}
