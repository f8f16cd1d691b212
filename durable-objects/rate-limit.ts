/** E4: a token bucket. It lives in an object, a mailbox or a topic, so that a reconnect does not refill it. Times in ms. */

export interface BucketState {
  tokens: number;
  /** When `tokens` was true, epoch ms. */
  at: number;
}

export class TokenBucket {
  readonly #capacity: number;
  readonly #windowMs: number;
  #state: BucketState;

  /** `capacity` tokens refill evenly over `windowMs`; a capacity of 0 means no limit. */
  constructor(capacity: number, windowMs: number, state?: BucketState) {
    this.#capacity = capacity;
    this.#windowMs = windowMs;
    this.#state = state ?? { tokens: capacity, at: 0 };
  }

  get state(): BucketState {
    return this.#state;
  }

  /** Takes tokens, on credit what is missing: 0 when there was one at least, otherwise how long until there is, in ms. */
  take(now: number, tokensTaken = 1): number {
    if (this.#capacity === 0 || this.#windowMs === 0) return 0;
    const perMs = this.#capacity / this.#windowMs;
    // A clock that went back refills nothing and loses nothing.
    const elapsed = Math.max(0, now - this.#state.at);
    const tokens = Math.min(this.#capacity, this.#state.tokens + elapsed * perMs);
    if (tokens < 1) {
      this.#state = { tokens, at: now };
      return Math.ceil((1 - tokens) / perMs);
    }
    this.#state = { tokens: tokens - tokensTaken, at: now };
    return 0;
  }
}

/** Counts refusals and says when a client has had too many in one window (4029). */
export class RefusalCounter {
  readonly #max: number;
  readonly #windowMs: number;
  #count = 0;
  #since = 0;

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** Notes one refusal; true when it is one too many. */
  note(now: number): boolean {
    if (now - this.#since >= this.#windowMs || now < this.#since) {
      this.#since = now;
      this.#count = 0;
    }
    return ++this.#count >= this.#max;
  }
}
