/** The way to one mailbox: what is on disk and not applied yet waits here in order, one batch under way at a time. Receipts
 * ride along. */

import { errorText, log } from "../log.ts";
import type { LoggedParcel } from "../parcels.ts";
import type { FinalVerdict, VerdictColumns } from "../rpc.ts";
import { pushGroup, type StateGroup } from "../states.ts";

/** The most that one batch carries; what is more goes with the next. */
const BATCH_MAX_PARCELS = 1_000;
const BATCH_MAX_LENGTH = 4_000_000;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 5_000;

/** Who wants to hear what became of a parcel for `to`; `deliveredAt` as in `VerdictColumns`. */
export interface Waiter {
  /** The usual: stored in the mailbox, and written or waiting. */
  stored(to: string, deliveredAt: number, isQueued: boolean): void;
  special(to: string, verdict: FinalVerdict): void;
}

/** A parcel on its way; after a crash nobody waits for it. */
export interface LaneItem {
  /** With `isShared` a publication under its own id, in as many lanes as it has recipients; its `to` says nothing. */
  parcel: LoggedParcel;
  isShared: boolean;
  waiter: Waiter | null;
}

/** What a lane needs of the world. */
export interface LaneDeps {
  /** Hands a batch to the mailbox; rejects when the mailbox cannot be reached. */
  apply(items: LaneItem[], receipts: StateGroup[]): Promise<VerdictColumns>;
  /** Hears what became of each batch. */
  onVerdicts(items: LaneItem[], verdicts: VerdictColumns): void;
  wait(ms: number): Promise<void>;
}

export class Lane {
  readonly #recipient: string;
  readonly #deps: LaneDeps;
  #waiting: LaneItem[] = [];
  #receipts: StateGroup[] = [];
  #receiptsSince = 0;
  #isRunning = false;

  constructor(recipient: string, deps: LaneDeps) {
    this.#recipient = recipient;
    this.#deps = deps;
  }

  get isIdle(): boolean {
    return !this.#isRunning;
  }

  get hasReceipts(): boolean {
    return this.#receipts.length > 0;
  }

  /** Whether receipts wait here that came up to `until`. */
  hasReceiptsSince(until: number): boolean {
    return this.hasReceipts && this.#receiptsSince <= until;
  }

  push(items: readonly LaneItem[]): void {
    for (const item of items) this.#waiting.push(item);
    this.run();
  }

  /** Receipts leave with the next batch, or when `run` finds the lane idle. */
  addReceipts(receipts: readonly StateGroup[], now: number): void {
    if (!this.hasReceipts) this.#receiptsSince = now;
    for (const group of receipts) pushGroup(this.#receipts, group);
  }

  /** Sends what waits, receipts included. */
  run(): void {
    if (this.isIdle && (this.#waiting.length > 0 || this.hasReceipts)) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      do await this.#deliver(this.#takeBatch());
      while (this.#waiting.length > 0);
    } finally {
      this.#isRunning = false;
    }
  }

  #takeBatch(): LaneItem[] {
    let length = 0;
    let count = 0;
    for (const item of this.#waiting) {
      length += item.parcel.body.length;
      if (count === BATCH_MAX_PARCELS || (count > 0 && length > BATCH_MAX_LENGTH)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** Retries until the mailbox has it: it is on disk, so giving up would break a promise. A mailbox applies by id. */
  async #deliver(batch: LaneItem[]): Promise<void> {
    const receipts = this.#receipts;
    this.#receipts = [];
    for (let delayMs = RETRY_FIRST_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MAX_MS)) {
      try {
        this.#deps.onVerdicts(batch, await this.#deps.apply(batch, receipts));
        return;
      } catch (error) {
        // Receipts are for a live socket only: a mailbox that cannot be reached has none worth waiting for.
        if (batch.length === 0) return;
        log("warn", "mailbox not reached, will retry", { mailbox: this.#recipient, delayMs, error: errorText(error) });
        await this.#deps.wait(delayMs);
      }
    }
  }
}
