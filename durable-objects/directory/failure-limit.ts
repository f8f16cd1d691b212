/** Counts failures by client in windows. In memory: who can restart the hub needs no guessing. */
export class FailureLimit {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #failures = new Map<string, { count: number; since: number }>();

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** How long this client has to wait: 0 while it has failed less often than it may. */
  waitMs(client: string, now: number): number {
    const failed = this.#failures.get(client);
    // A clock that went back forgives: it would otherwise lock out for as long as it went.
    if (failed === undefined || failed.count < this.#max || now < failed.since) return 0;
    return Math.max(0, failed.since + this.#windowMs - now);
  }

  note(client: string, now: number): void {
    // Clients whose window is over are forgotten here, so the map holds no more than one window's failures.
    for (const [other, { since }] of this.#failures) {
      if (now - since >= this.#windowMs || now < since) this.#failures.delete(other);
    }
    const failed = this.#failures.get(client);
    if (failed === undefined) this.#failures.set(client, { count: 1, since: now });
    else failed.count++;
  }
}
