/**
 * Indexes texts anew that were indexed before there were pairs (unspaced.ts): some messages at a time, each piece in one
 * transaction with how far it got. Messages in other scripts are only looked at.
 */
import type { Message } from "../../shared/message.ts";
import type { HistoryStore } from "./history-store.ts";
import { hasUnspaced } from "./unspaced.ts";

const REINDEX_KEY = "reindex";
/** Some milliseconds of work. */
const PIECE = 300;

interface Progress {
  /** The last message that is done, and the last one that is to be. */
  done: number;
  last: number;
}

export class Reindex {
  readonly #storage: DurableObjectStorage;
  readonly #history: HistoryStore;
  #progress: Progress;

  constructor(storage: DurableObjectStorage, history: HistoryStore) {
    this.#storage = storage;
    this.#history = history;
    const progress = storage.kv.get<Progress>(REINDEX_KEY);
    this.#progress = progress ?? { done: 0, last: history.lastId() };
    // Noted before anything comes in: what comes later is indexed so.
    if (progress === undefined) storage.kv.put(REINDEX_KEY, this.#progress);
  }

  get isPending(): boolean {
    return this.#progress.done < this.#progress.last;
  }

  step(): void {
    const { done, last } = this.#progress;
    const rows = this.#history.bodiesAfter(done, last, PIECE);
    const progress = { done: rows.at(-1)?.id ?? last, last };
    this.#storage.transactionSync(() => {
      for (const { id, body } of rows) {
        const content = hasUnspaced(body) ? contentOf(body) : null;
        if (content !== null) this.#history.indexAnew(id, content);
      }
      this.#storage.kv.put(REINDEX_KEY, progress);
    });
    this.#progress = progress;
  }
}

/** Null for what cannot be read: it must not stop what follows (Q10). */
function contentOf(body: string): string | null {
  try {
    return (JSON.parse(body) as Message).content;
  } catch {
    return null;
  }
}
