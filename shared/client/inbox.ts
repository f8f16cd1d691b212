/** What a client was given and how far it is with it: each message is handed on once, whatever the hub repeats (Q3, Q4). */
import type { DeliveredMessage } from "../protocol.ts";

/** A hub repeats what is not acked within its window and what crossed an ack; older ids are not needed any more. */
const REMEMBERED_MAX = 10_000;

export class Inbox {
  /** Handed on, and not done yet. */
  readonly #held = new Set<string>();
  readonly #done = new Set<string>();

  get heldCount(): number {
    return this.#held.size;
  }

  /** Of messages as they came: those to hand on, and the ids of those that are to be acked once more. */
  take(messages: readonly DeliveredMessage[]): { fresh: DeliveredMessage[]; doneIds: string[] } {
    const fresh = messages.filter(({ messageId }) => !this.#held.has(messageId) && !this.#done.has(messageId));
    const doneIds = messages.map(({ messageId }) => messageId).filter((id) => this.#done.has(id));
    for (const { messageId, seq } of fresh) if (seq !== undefined) this.#held.add(messageId);
    return { fresh, doneIds };
  }

  /** The client is through with it, and says so to the hub. */
  done(messageId: string): void {
    this.#held.delete(messageId);
    this.#done.add(messageId);
    if (this.#done.size > REMEMBERED_MAX) this.#done.delete(this.#done.values().next().value as string);
  }

  /** The client could not do it: what the hub gives again is handed on again. */
  giveBack(messageId: string): void {
    this.#held.delete(messageId);
  }
}
