/**
 * The newest publications and broadcasts. Each recipient's copy has an id of its own (M3), and an answer names that: the id
 * of the whole and the recipient's together tell whether it is one of these.
 */
import { fanOutId } from "../fan-out-id.ts";

/** Some tenths of a millisecond to try them all, which only an answer to a copy costs. */
const KEPT = 500;
/** Copies have ids of version 5, everything else that the hub makes has 7. */
const VERSION_AT = 14;

export class RecentWholes {
  /** The oldest first. */
  #ids: string[];

  constructor(ids: readonly string[] = []) {
    this.#ids = ids.slice(-KEPT);
  }

  note(messageId: string): void {
    this.#ids.push(messageId);
    if (this.#ids.length >= 2 * KEPT) this.#ids = this.#ids.slice(-KEPT);
  }

  /** The whole whose copy for this recipient has this id. */
  find(copyId: string, recipient: string): string | undefined {
    if (copyId[VERSION_AT] !== "5") return undefined;
    const id = copyId.toLowerCase();
    return this.#ids.findLast((whole) => fanOutId(whole, recipient) === id);
  }
}
