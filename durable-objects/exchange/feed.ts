/**
 * Feeds the journal from the outbox, in the order of its positions and by nothing else. A row leaves the outbox when the
 * journal has it on disk; what is sent twice the journal knows by its position.
 */
import { errorText, log } from "../log.ts";
import type { JournalRpc } from "../rpc.ts";
import type { Outbox } from "./store/outbox.ts";

/** How long lines gather, so that one call carries many. Nobody waits for them. */
const GATHER_MS = 50;
const GATHER_UNDER_LOAD_MS = 150;
const LOAD_ROWS = 20;
/** The most that one call carries, in characters. */
const CALL_MAX_LENGTH = 4_000_000;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 10_000;

/** What the feed needs of the world. */
export interface FeedDeps {
  outbox: Outbox;
  /** Names this outbox among all that the journal has ever taken from. */
  source: string;
  /** A fresh stub for each call, since a broken one stays broken. */
  journal(): Pick<JournalRpc, "takeLines">;
  wait(ms: number): Promise<void>;
}

export class Feed {
  readonly #deps: FeedDeps;
  /** How far the journal has taken. */
  #takenUpTo = 0;
  /** Rows up to this may go with the next transaction. */
  #forgettable = 0;
  #isRunning = false;

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  /** Whether the journal has taken rows that are still there. */
  get hasForgettable(): boolean {
    return this.#forgettable > 0;
  }

  /** There is something to send. */
  run(): void {
    if (!this.#isRunning) void this.#run();
  }

  /** Part of a transaction: forgets what the journal has. */
  forgetTaken(): void {
    if (this.#forgettable === 0) return;
    this.#deps.outbox.forget(this.#forgettable);
    this.#forgettable = 0;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    let retryMs = RETRY_FIRST_MS;
    let gatherMs = GATHER_MS;
    for (;;) {
      await this.#deps.wait(gatherMs);
      const rows = this.#deps.outbox.next(this.#takenUpTo, CALL_MAX_LENGTH);
      const last = rows.at(-1);
      if (last === undefined) break;
      gatherMs = rows.length > LOAD_ROWS ? GATHER_UNDER_LOAD_MS : GATHER_MS;
      try {
        await this.#deps.journal().takeLines(
          this.#deps.source,
          last.seq,
          rows.map(({ seq, lines }) => [seq, lines]),
        );
        this.#takenUpTo = last.seq;
        this.#forgettable = last.seq;
        retryMs = RETRY_FIRST_MS;
      } catch (error) {
        log("warn", "journal not reached, will retry", { retryMs, error: errorText(error) });
        await this.#deps.wait(retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
      }
    }
    this.#isRunning = false;
  }
}
