/**
 * Threads and series of what was in history before there were any: some messages at a time, each piece in one transaction
 * with how far it got.
 */
import type { Message } from "../../shared/message.ts";
import type { HistoryRow } from "./history-store.ts";
import { RecentWholes } from "./recent-wholes.ts";
import { SeriesIndex } from "./series-index.ts";
import type { Stores } from "./stores.ts";
import { isTaskOrQuestion, ThreadIndex } from "./thread-index.ts";

const BACKFILL_KEY = "backfill";
/** Some milliseconds of work. */
const PIECE = 300;

interface Progress {
  /** The last message that is done, and the last one that is to be. */
  done: number;
  last: number;
}

export class Backfill {
  readonly #storage: DurableObjectStorage;
  readonly #stores: Stores;
  /** As they were when the messages that are at hand came in. */
  readonly #wholes = new RecentWholes();
  #progress: Progress;

  constructor(storage: DurableObjectStorage, stores: Stores) {
    this.#storage = storage;
    this.#stores = stores;
    const progress = storage.kv.get<Progress>(BACKFILL_KEY);
    this.#progress = progress ?? { done: 0, last: stores.history.lastId() };
    // Noted before anything comes in: what comes later is indexed with all of it.
    if (progress === undefined) storage.kv.put(BACKFILL_KEY, this.#progress);
  }

  get isPending(): boolean {
    return this.#progress.done < this.#progress.last;
  }

  step(): void {
    const { last } = this.#progress;
    const rows = this.#stores.history.rowsAfter(this.#progress.done, last, PIECE);
    const progress = { done: rows.at(-1)?.id ?? last, last };
    this.#storage.transactionSync(() => {
      const threads = new ThreadIndex(this.#stores.threads, this.#wholes);
      const series = new SeriesIndex(this.#stores.series, this.#stores.names);
      for (const row of rows) this.#add(row, threads, series);
      threads.write();
      series.write();
      this.#storage.kv.put(BACKFILL_KEY, progress);
    });
    this.#progress = progress;
  }

  #add(row: HistoryRow, threads: ThreadIndex, series: SeriesIndex): void {
    const message = readBody(row.body);
    if (message === null) return;
    const { id, at, deliveredAt, answeredAt } = row;
    const { messageId, from, to, type, replyToMessageId: replyTo } = message;
    const isUnanswered = isTaskOrQuestion(type) && answeredAt === null;
    const found = threads.find(replyTo, from);
    // What comes later takes its answers in when its turn comes.
    const answered = found !== undefined && found.id < id ? found : undefined;
    if (answered !== undefined) this.#stores.threads.setThread(id, answered.thread ?? answered.id);
    threads.add({ id, messageId, replyTo, isWhole: row.delivered !== null, isUnanswered }, answered);
    series.countMessage(at, from, to, type);
    if (deliveredAt !== null) series.countLatency("delivery", deliveredAt, to, type, deliveredAt - at);
    // Who answered is not known here; nearly always it was who was asked.
    if (answeredAt !== null) series.countLatency("answer", answeredAt, to, type, answeredAt - at);
  }
}

/** Null for what cannot be read: it must not stop what follows (Q10). */
function readBody(body: string): Message | null {
  try {
    return JSON.parse(body) as Message;
  } catch {
    return null;
  }
}
