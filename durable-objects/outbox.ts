/**
 * Events on their way to the journal, durable from the moment of what they tell: an event is a row of the transaction that
 * makes it true. The journal takes each once by (source, seq), so sending again is always safe.
 *
 * An object that owns one calls `add` in its transaction, `drain` after it, counts `nextAlarmAt` among its reasons for an
 * alarm, and calls `drain` in its alarm handler.
 */
import type { HubEvent } from "../shared/events.ts";
import { errorText, log } from "./log.ts";
import type { JournalRpc, OutboxEvents } from "./rpc.ts";

/** What one call carries at most. */
const BATCH_MAX_EVENTS = 500;
const BATCH_MAX_LENGTH = 1_000_000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 60_000;
/** When to look again for events that nobody drained, as after a crash. */
const RESUME_AFTER_MS = 5_000;

const ID_KEY = "outboxId";

type Row = { seq: number; event: string };

export class Outbox {
  readonly #storage: DurableObjectStorage;
  readonly #source: string;
  readonly #journal: () => Pick<JournalRpc, "takeEvents">;
  #draining: Promise<void> | undefined;
  #retryAt: number | null = null;
  #retryMs = RETRY_FIRST_MS;
  /** Null until the table was looked at. */
  #hasEvents: boolean | null = null;

  /** `source` names the object among all others; `journal` gives a fresh stub, since a broken one stays broken. */
  constructor(storage: DurableObjectStorage, source: string, journal: () => Pick<JournalRpc, "takeEvents">) {
    this.#storage = storage;
    this.#source = source;
    this.#journal = journal;
  }

  /** Keeps an event for the journal. Call it in the transaction that makes the event true. */
  add(event: HubEvent): void {
    // Not remembered in a field: a transaction that is rolled back takes the table along. AUTOINCREMENT: a seq never
    // comes again, not even after the table was empty.
    this.#storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL) STRICT",
    );
    this.#storage.sql.exec("INSERT INTO outbox (event) VALUES (?)", JSON.stringify(event));
    this.#hasEvents = true;
  }

  /** When `drain` should be called again at the latest; null when there is nothing to send. Epoch ms. */
  nextAlarmAt(now: number): number | null {
    if (this.#hasEvents === null) this.#hasEvents = this.#next().length > 0;
    return this.#hasEvents ? (this.#retryAt ?? now + RESUME_AFTER_MS) : null;
  }

  /** Sends what is there, in order. One drain at a time; never rejects. */
  drain(now: () => number = Date.now): Promise<void> {
    this.#draining ??= this.#drain(now).finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  async #drain(now: () => number): Promise<void> {
    try {
      for (;;) {
        const rows = this.#next();
        const last = rows.at(-1);
        if (last === undefined) break;
        const events: OutboxEvents = { seqs: rows.map((row) => row.seq), events: rows.map((row) => row.event) };
        await this.#journal().takeEvents(this.#sourceId(), events);
        this.#storage.sql.exec("DELETE FROM outbox WHERE seq <= ?", last.seq);
        this.#retryMs = RETRY_FIRST_MS;
      }
      this.#hasEvents = false;
      this.#retryAt = null;
    } catch (error) {
      log("warn", "journal not reached, will retry", { source: this.#source, error: errorText(error) });
      this.#retryAt = now() + this.#retryMs;
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
    }
  }

  #next(): Row[] {
    if (!this.#hasTable()) return [];
    const rows: Row[] = [];
    let length = 0;
    for (const row of this.#storage.sql.exec<Row>("SELECT * FROM outbox ORDER BY seq LIMIT ?", BATCH_MAX_EVENTS)) {
      length += row.event.length;
      if (rows.length > 0 && length > BATCH_MAX_LENGTH) break;
      rows.push(row);
    }
    return rows;
  }

  #hasTable(): boolean {
    return !this.#storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").next().done;
  }

  /** An object whose storage was deleted counts from 1 again: then it is another source. */
  #sourceId(): string {
    let id = this.#storage.kv.get<string>(ID_KEY);
    if (id === undefined) {
      id = crypto.randomUUID();
      this.#storage.kv.put(ID_KEY, id);
    }
    return `${this.#source}#${id}`;
  }
}
