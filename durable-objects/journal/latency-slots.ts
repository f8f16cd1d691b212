/**
 * Times as counts on a logarithmic scale: what is counted in one minute can be added to any other, and percentiles of the
 * sum are right to about 5 %.
 */
import type { Latency } from "../../shared/history.ts";

const SLOTS_PER_DOUBLING = 8;

/** The slot that a time in ms counts in. Less than 1 ms is slot 0. */
export function slotOf(ms: number): number {
  return ms < 1 ? 0 : 1 + Math.floor(Math.log2(ms) * SLOTS_PER_DOUBLING);
}

/** The times of a slot as one of them, ms. */
export function msOfSlot(slot: number): number {
  return slot === 0 ? 0 : Math.round(2 ** ((slot - 0.5) / SLOTS_PER_DOUBLING) * 10) / 10;
}

/** How often each slot was counted. */
export type SlotCounts = ReadonlyMap<number, number>;

/** Nearest rank. */
export function latencyOfSlots(counts: SlotCounts): Latency {
  const slots = [...counts].sort(([a], [b]) => a - b);
  const count = slots.reduce((sum, [, n]) => sum + n, 0);
  const rank = (share: number) => {
    let left = Math.ceil(count * share);
    for (const [slot, n] of slots) {
      left -= n;
      if (left <= 0) return msOfSlot(slot);
    }
    return null;
  };
  return count === 0 ? { count, p50Ms: null, p95Ms: null } : { count, p50Ms: rank(0.5), p95Ms: rank(0.95) };
}
