import fc from "fast-check";
import { expect, it } from "vitest";
import { latencyOfSlots, msOfSlot, slotOf } from "./latency-slots.ts";

const countsOf = (times: readonly number[]) => {
  const counts = new Map<number, number>();
  for (const ms of times) counts.set(slotOf(ms), (counts.get(slotOf(ms)) ?? 0) + 1);
  return counts;
};

it("tells a time to about 5 %, from 10 ms to a month", () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 31 * 86_400_000 }), (ms) => {
      expect(Math.abs(msOfSlot(slotOf(ms)) - ms) / ms).toBeLessThan(0.06);
    }),
  );
  expect([slotOf(0), slotOf(0.4), msOfSlot(0), msOfSlot(slotOf(1))]).toEqual([0, 0, 0, 1]);
});

it("gives the percentiles of what was counted, however the counts were split", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 10, max: 1_000_000 }), { minLength: 1, maxLength: 200 }), (times) => {
      const sorted = times.toSorted((a, b) => a - b);
      const { count, p50Ms, p95Ms } = latencyOfSlots(countsOf(times));
      const exact = (share: number) => sorted[Math.ceil(times.length * share) - 1] as number;
      expect(count).toBe(times.length);
      expect(Math.abs((p50Ms as number) / exact(0.5) - 1)).toBeLessThan(0.06);
      expect(Math.abs((p95Ms as number) / exact(0.95) - 1)).toBeLessThan(0.06);
    }),
  );
  expect(latencyOfSlots(new Map())).toEqual({ count: 0, p50Ms: null, p95Ms: null });
});
