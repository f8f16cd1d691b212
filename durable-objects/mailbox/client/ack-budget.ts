/**
 * E4: what a client may ack that it does not hold. An ack of what it was given is free, since the hub gave no more than that;
 * every other id has to be looked for, and costs. It lives in the mailbox, so that a reconnect does not refill it.
 */
import type { Failure } from "../../../shared/errors.ts";
import { ACK_IDS_PER_FRAME } from "../../../shared/limits.ts";
import type { AckOp } from "../../link.ts";
import { rateLimited } from "../frames/refusals.ts";

/** Who is refused by the thousand is not to be heard as often as who is refused one by one. */
const IDS_PER_REFUSAL = 100;

export class AckBudget {
  readonly #max: number;
  readonly #windowMs: number;
  #spent = 0;
  #since = 0;

  /** `frames` per `windowMs` is what the client may send besides; 0 lifts the limit. */
  constructor(frames: number, windowMs: number) {
    this.#max = frames * ACK_IDS_PER_FRAME;
    this.#windowMs = windowMs;
  }

  /** Returns why an ack is refused, or null where it is not. `held`: how many of what it names the client was given. */
  refusalOf(ack: AckOp, held: number, now: number): Failure | null {
    const cost = costOf(ack, held);
    if (cost === 0 || this.#max === 0 || this.#windowMs === 0) return null;
    if (now - this.#since >= this.#windowMs || now < this.#since) {
      this.#since = now;
      this.#spent = 0;
    }
    if (this.#spent + cost > this.#max) return rateLimited(this.#since + this.#windowMs - now);
    this.#spent += cost;
    return null;
  }
}

/** As how many refusals one of this ack counts (4029). */
export function ackWeight(ack: AckOp): number {
  return Math.max(1, Math.ceil((ack.messageIds?.length ?? 0) / IDS_PER_REFUSAL));
}

function costOf({ upTo, messageIds = [] }: AckOp, held: number): number {
  return Math.max(0, messageIds.length + (upTo === undefined ? 0 : 1) - held);
}
