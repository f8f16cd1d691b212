/** To whom this instance sent what: for `status`, and for M3. Written behind with the queue. */
import { RecentIds } from "./recent-ids.ts";
import type { MailboxStore, SentRow } from "./store.ts";

const RECENT_IDS_MAX = 2_000;

export class SentMessages {
  readonly #store: MailboxStore;
  readonly #recent: RecentIds;
  readonly #unwritten = new Map<string, SentRow>();

  constructor(store: MailboxStore) {
    this.#store = store;
    this.#recent = new RecentIds(store.highestSentIds(), RECENT_IDS_MAX);
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0;
  }

  note(row: SentRow): void {
    this.#recent.note(row.messageId);
    this.#unwritten.set(row.messageId, row);
  }

  /** Of these ids, those this instance has sent, and to whom. */
  find(messageIds: readonly string[]): Map<string, string> {
    const perhaps = messageIds.filter((id) => this.#recent.mayHave(id));
    const found = new Map<string, string>();
    if (perhaps.length === 0) return found;
    for (const row of this.#store.findSent(perhaps)) found.set(row.messageId, row.recipient);
    for (const id of perhaps) {
      const row = this.#unwritten.get(id);
      if (row !== undefined) found.set(id, row.recipient);
    }
    return found;
  }

  /** Part of the queue's transaction; `forgetWritten` follows it. */
  write(): void {
    if (this.hasUnwritten) this.#store.insertSent([...this.#unwritten.values()]);
  }

  forgetWritten(): void {
    this.#unwritten.clear();
  }
}
