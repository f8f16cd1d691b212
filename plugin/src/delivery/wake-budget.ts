/**
 * G2: how often a model is woken. Each wake is a turn that costs, and sessions that answer each other wake each other without
 * end; above the limit messages wait for the next turn, or come together when the window allows another wake.
 */

/** What is written so soon after a wake, and before a turn has ended, is heard in the turn that it began. */
export const SAME_WAKE_MS = 5_000;

export interface WakeLimit {
  /** Wakes in a window; 0 lifts the limit. */
  count: number;
  windowMs: number;
}

export const NO_WAKE_LIMIT: WakeLimit = { count: 0, windowMs: 0 };

export class WakeBudget {
  readonly limit: WakeLimit;
  /** When the newest wakes began, the oldest first. */
  #wakes: number[] = [];
  /** Whether the turn that the last of them began may still be running. */
  #isLastOpen = false;

  constructor(limit: WakeLimit) {
    this.limit = limit;
  }

  /** Whether a session that is idle may be written to now. */
  mayWake(now: number): boolean {
    return this.nextAt(now) === undefined;
  }

  /** When it may be woken again; undefined where that is now. */
  nextAt(now: number): number | undefined {
    const { count, windowMs } = this.limit;
    if (count === 0 || this.#isSameWake(now)) return undefined;
    const recent = this.#wakes.filter((at) => now - at < windowMs);
    const oldest = recent[0];
    return oldest === undefined || recent.length < count ? undefined : oldest + windowMs;
  }

  /** Something was written to a session that is idle. */
  note(now: number): void {
    if (this.limit.count === 0 || this.#isSameWake(now)) return;
    this.#wakes = [...this.#wakes, now].slice(-this.limit.count);
    this.#isLastOpen = true;
  }

  /** A turn ended: what is written from here on begins another. */
  noteTurnEnd(): void {
    this.#isLastOpen = false;
  }

  #isSameWake(now: number): boolean {
    const last = this.#wakes.at(-1);
    return last !== undefined && this.#isLastOpen && now - last < SAME_WAKE_MS;
  }
}
