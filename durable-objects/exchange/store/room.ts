/** How much the store holds, all of it: what waits, what is remembered, what the journal has not taken yet. */

/** The database is asked for its size when so much may have come since the last time. */
const LOOK_EVERY_BYTES = 1_048_576;
/** A message is in the outbox as well, and in indexes. */
const ROW_BYTES = 500;
/** From this share of the bound on, what ended is forgotten sooner. */
const TIGHT_SHARE = 0.75;

export class Room {
  readonly #sql: SqlStorage;
  #size = 0;
  #grown = Number.POSITIVE_INFINITY;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** A message of so many bytes was stored. */
  note(bytes: number): void {
    this.#grown += 2 * bytes + ROW_BYTES;
  }

  /** Whether nothing more may come in; a bound of 0 is none. */
  isFull(maxBytes: number): boolean {
    if (maxBytes === 0 || this.#estimate() < maxBytes) return false;
    return this.#look() >= maxBytes;
  }

  /** Whether it is time to make room. */
  isTight(maxBytes: number): boolean {
    return maxBytes > 0 && this.#estimate() >= TIGHT_SHARE * maxBytes;
  }

  /** Something was deleted. */
  lookAgain(): void {
    this.#look();
  }

  #estimate(): number {
    return this.#grown > LOOK_EVERY_BYTES ? this.#look() : this.#size + this.#grown;
  }

  #look(): number {
    this.#size = this.#sql.databaseSize;
    this.#grown = 0;
    return this.#size;
  }
}
