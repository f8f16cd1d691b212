import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createRefresher } from "./refresher.ts";

const PAUSE_MS = 100;

/** Readings that end when the test says so. */
function heldReadings() {
  const ends: (() => void)[] = [];
  const refresher = createRefresher(() => new Promise<void>((resolve) => void ends.push(resolve)), PAUSE_MS);
  return { refresher, ends };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("createRefresher", () => {
  it("serves all that ask within a pause by one reading", async () => {
    const { refresher, ends } = heldReadings();
    for (let n = 0; n < 5; n++) refresher.soon();
    expect(ends).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(ends).toHaveLength(1);
  });

  it("reads once more for what was asked while a reading was under way, and never two at a time", async () => {
    const { refresher, ends } = heldReadings();
    const first = refresher.now();
    void refresher.now();
    void refresher.now();
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(ends).toHaveLength(2);
    ends[1]?.();
    await first;
    expect(ends).toHaveLength(2);
  });

  it("reads again after it has come to rest", async () => {
    const { refresher, ends } = heldReadings();
    for (let n = 0; n < 2; n++) {
      const reading = refresher.now();
      ends[n]?.();
      await reading;
    }
    expect(ends).toHaveLength(2);
  });

  it("reads nothing any more once it is stopped", async () => {
    const { refresher, ends } = heldReadings();
    refresher.soon();
    refresher.stop();
    refresher.soon();
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
    expect(ends).toHaveLength(0);
  });
});
