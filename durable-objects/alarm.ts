/** The one alarm of an object: why it is wanted, and when the first of these reasons comes. */

/** By reason, when it comes, epoch ms. */
export type AlarmReasons = ReadonlyMap<string, number>;

/** Returns when the only alarm must ring: for the earliest reason, or null for none. */
export function nextAlarm(reasons: AlarmReasons): number | null {
  return reasons.size === 0 ? null : Math.min(...reasons.values());
}

export class Alarm {
  readonly #storage: Pick<DurableObjectStorage, "setAlarm">;
  readonly #reasons = new Map<string, number>();
  #setFor: number | null = null;

  constructor(storage: Pick<DurableObjectStorage, "setAlarm">) {
    this.#storage = storage;
  }

  /** Call it first in the alarm handler, which then does what is due and wants what remains. */
  noteRinging(): void {
    this.#setFor = null;
    this.#reasons.clear();
  }

  /**
   * Makes sure that it rings by `at` (epoch ms; null for not at all) for this reason. A reason that is given again never moves
   * away: an alarm that rings early only looks, and moving it with each change would cost a write each. Call it in the turn of
   * the change that wants it, so that both are on disk together.
   */
  want(reason: string, at: number | null): void {
    if (at === null || (this.#reasons.get(reason) ?? Number.POSITIVE_INFINITY) <= at) return;
    this.#reasons.set(reason, at);
    const next = nextAlarm(this.#reasons) as number;
    if (this.#setFor !== null && this.#setFor <= next) return;
    this.#setFor = next;
    void this.#storage.setAlarm(next);
  }
}
