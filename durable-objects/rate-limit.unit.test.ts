import { describe, expect, it } from "vitest";
import { fc } from "../test/helpers/property.ts";
import { RefusalCounter, TokenBucket } from "./rate-limit.ts";

const NOW = 1_700_000_000_000;

describe("E4 token bucket", () => {
  it("gives as many tokens as it holds, then says how long until the next", () => {
    const bucket = new TokenBucket(60, 10_000);
    for (let i = 0; i < 60; i++) expect(bucket.take(NOW)).toBe(0);
    expect(bucket.take(NOW)).toBe(167);
    expect(bucket.take(NOW + 166)).toBeGreaterThan(0);
    expect(bucket.take(NOW + 167)).toBe(0);
  });

  it("gives what costs more than it holds on credit, and nothing until that is paid", () => {
    const bucket = new TokenBucket(10, 10_000);
    expect(bucket.take(NOW, 15)).toBe(0);
    expect(bucket.take(NOW)).toBe(6_000);
    expect(bucket.take(NOW + 6_000)).toBe(0);
  });

  it("refills evenly and never above what it holds", () => {
    const bucket = new TokenBucket(10, 10_000);
    for (let i = 0; i < 10; i++) bucket.take(NOW);
    const later = NOW + 1_000_000;
    for (let i = 0; i < 10; i++) expect(bucket.take(later)).toBe(0);
    expect(bucket.take(later)).toBeGreaterThan(0);
  });

  it("goes on from a state that was kept: a reconnect does not refill it", () => {
    const before = new TokenBucket(2, 10_000);
    before.take(NOW);
    before.take(NOW);
    expect(new TokenBucket(2, 10_000, before.state).take(NOW)).toBeGreaterThan(0);
    expect(new TokenBucket(2, 10_000).take(NOW)).toBe(0);
  });

  it("loses nothing and gives nothing when the clock goes back", () => {
    const bucket = new TokenBucket(2, 10_000);
    expect(bucket.take(NOW)).toBe(0);
    expect(bucket.take(NOW - 3_600_000)).toBe(0);
    expect(bucket.take(NOW - 3_600_000)).toBeGreaterThan(0);
    expect(bucket.take(NOW - 3_600_000 + 5_000)).toBe(0);
  });

  it("has no limit at 0", () => {
    for (const bucket of [new TokenBucket(0, 10_000), new TokenBucket(60, 0)]) {
      for (let i = 0; i < 1_000; i++) expect(bucket.take(NOW)).toBe(0);
    }
  });

  it("never gives more than it holds plus what refills, whatever the clock does forward", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), steps, (capacity, steps) => {
        const bucket = new TokenBucket(capacity, 10_000);
        let now = NOW;
        let taken = 0;
        for (const step of steps) {
          now += step;
          if (bucket.take(now) === 0) taken++;
        }
        expect(taken).toBeLessThanOrEqual(capacity + ((now - NOW) * capacity) / 10_000 + 1e-6);
      }),
    );
  });

  it("keeps its word: after the wait that it names there is a token", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 60_000 }), (capacity, windowMs) => {
        const bucket = new TokenBucket(capacity, windowMs);
        let waitMs = 0;
        while (waitMs === 0) waitMs = bucket.take(NOW);
        expect(bucket.take(NOW + waitMs)).toBe(0);
      }),
    );
  });
});

describe("4029 refusals", () => {
  it("has had enough at the last one that fits a window", () => {
    const counter = new RefusalCounter(3, 10_000);
    expect([counter.note(NOW), counter.note(NOW + 1), counter.note(NOW + 9_999)]).toEqual([false, false, true]);
  });

  it("starts again with each window", () => {
    const counter = new RefusalCounter(3, 10_000);
    const noted = [NOW, NOW + 1, NOW + 10_000, NOW + 10_001, NOW + 20_001].map((now) => counter.note(now));
    expect(noted).not.toContain(true);
  });

  it("starts again when the clock goes back", () => {
    const counter = new RefusalCounter(2, 10_000);
    expect([counter.note(NOW), counter.note(NOW - 1), counter.note(NOW)]).toEqual([false, false, true]);
  });
});
