/**
 * How many mailboxes of this process write at present, so that each knows its share: all have one thread and one disk, and
 * a commit costs 0.3 to 0.4 ms of both.
 */

const SPAN_MS = 1_000;

/** Mailboxes that wrote within the current second, and within the one before. */
export class Writers {
  #span = 0;
  #count = 0;
  #before = 0;

  /** A mailbox writes that has written at `lastAt` before. */
  note(lastAt: number, now: number): void {
    this.#moveTo(spanOf(now));
    if (spanOf(lastAt) !== this.#span) this.#count++;
  }

  /** Epoch ms. */
  countAt(now: number): number {
    this.#moveTo(spanOf(now));
    return Math.max(this.#count, this.#before);
  }

  #moveTo(span: number): void {
    if (span === this.#span) return;
    this.#before = span === this.#span + 1 ? this.#count : 0;
    this.#span = span;
    this.#count = 0;
  }
}

function spanOf(at: number): number {
  return Math.floor(at / SPAN_MS);
}
