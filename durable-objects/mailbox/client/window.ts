/** What a client was given and has not acked (Q5), by seq: for the exchange, should it lose its memory. */
import { WINDOW_MESSAGES } from "../../../shared/limits.ts";
import { messageIdOf } from "../../envelope.ts";
import type { AckOp, LinkRequest } from "../../link.ts";

export class Window {
  readonly #given = new Map<number, string>();
  #lastSeq = 0;

  /** Notes messages, as their bodies read without seq and attempt. */
  note(rows: readonly (readonly [seq: number, attempt: number])[], bodies: readonly string[]): void {
    for (const [index, [seq, attempt]] of rows.entries()) {
      // A v1 client gets no seq: it cannot ack.
      if (seq === 0) continue;
      const body = bodies[index] as string;
      this.#given.set(seq, messageIdOf(body.slice(`"seq":${seq},"attempt":${attempt},`.length)));
      this.#lastSeq = Math.max(this.#lastSeq, seq);
    }
    // What was taken by `get_messages` is acked without a word to this object.
    for (const seq of this.#given.keys()) {
      if (this.#given.size <= 2 * WINDOW_MESSAGES) break;
      this.#given.delete(seq);
    }
  }

  /** Q4: an ack says nothing of what was not written yet, whatever seq it names. */
  onlyWritten(ack: AckOp): AckOp {
    return ack.upTo === undefined ? ack : { ...ack, upTo: Math.min(ack.upTo, this.#lastSeq) };
  }

  /** Forgets what an ack names. Returns how many messages that were. */
  release({ upTo = -1, messageIds }: AckOp): number {
    const ids = new Set(messageIds);
    const before = this.#given.size;
    for (const [seq, id] of this.#given) if (seq <= upTo || ids.has(id)) this.#given.delete(seq);
    return before - this.#given.size;
  }

  /** Q8: under a new id the order begins anew. */
  restart(): void {
    this.#given.clear();
    this.#lastSeq = 0;
  }

  toResume(): Pick<LinkRequest, "given" | "lastSeq"> {
    return { given: [...this.#given], lastSeq: this.#lastSeq };
  }
}
