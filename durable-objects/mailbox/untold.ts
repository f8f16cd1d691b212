/**
 * Since when the journal may not have heard how far messages of this mailbox got. Senders' receipts carry it there, and a
 * crash loses receipts; so the time stands on disk, in the commit of the first change, and what changed since is told again.
 */

/** Where the time is kept; null: the journal has heard everything. */
export interface UntoldStore {
  untoldSince(): number | null;
  setUntoldSince(at: number | null): void;
}

/** Under load the time on disk follows this far behind: one write more per mailbox and period. */
const FOLLOW_MS = 10_000;

export class Untold {
  readonly #store: UntoldStore;
  #since: number | null;
  /** What is on disk; never later than `#since`. */
  #saved: number | null;
  #handedAt = 0;
  /** Until everything is told again: what a crash left, or a lost call. */
  #isBroken: boolean;

  constructor(store: UntoldStore) {
    this.#store = store;
    this.#saved = store.untoldSince();
    this.#since = this.#saved;
    this.#isBroken = this.#saved !== null;
  }

  /** Epoch ms; null when nothing is untold. */
  get since(): number | null {
    return this.#since;
  }

  /** A message changed its state. */
  note(at: number): void {
    this.#since ??= at;
  }

  /** Call it in the turn that puts changes on disk. */
  save(): void {
    if (this.#since === null) return;
    if (this.#saved !== null && this.#since - this.#saved < FOLLOW_MS) return;
    this.#store.setUntoldSince(this.#since);
    this.#saved = this.#since;
  }

  /** Receipts left for the journal. */
  hand(at: number): void {
    this.#handedAt = at;
  }

  /** The journal has what was handed over at that time and before, and nothing more recent is left out. */
  heard(at: number, hasMore: boolean): void {
    if (this.#isBroken) return;
    this.#since = hasMore || this.#handedAt > at ? at : null;
  }

  /** A call was lost: only telling everything again can help. */
  lose(): void {
    this.#isBroken = true;
  }

  /** Everything that had changed at that time was told again. */
  repeat(at: number, hasMore: boolean): void {
    this.#isBroken = false;
    this.heard(at, hasMore);
  }

  /** After a pause: everything was heard, and the disk may know. */
  settle(): void {
    if (this.#since !== null || this.#saved === null) return;
    this.#store.setUntoldSince(null);
    this.#saved = null;
  }

  get isSettled(): boolean {
    return this.#saved === null;
  }
}
