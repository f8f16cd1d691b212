import { onTestFinished, vi } from "vitest";

/**
 * The hub's clock for one test: it goes on ticking, and jumps when told to. Only `Date.now` moves, never a timer; alarms
 * are set for the moved time, so that tests run them.
 */
export function useClock(): { advance(ms: number): void } {
  const realNow = Date.now.bind(Date);
  let ahead = 0;
  const spy = vi.spyOn(Date, "now").mockImplementation(() => realNow() + ahead);
  onTestFinished(() => spy.mockRestore());
  return {
    advance(ms) {
      ahead += ms;
    },
  };
}
