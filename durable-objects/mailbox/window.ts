/** Q5: what was written to the live connection and is not acked, by seq. */
import { WINDOW_BYTES, WINDOW_MESSAGES } from "../../shared/limits.ts";
import type { Row } from "./store.ts";

export class Window {
  readonly #rows = new Map<number, Row>();
  #bytes = 0;

  rows(): Iterable<Row> {
    return this.#rows.values();
  }

  hold(row: Row): void {
    if (!this.#rows.has(row.seq)) this.#bytes += row.bytes;
    this.#rows.set(row.seq, row);
  }

  release(row: Row): void {
    if (this.#rows.delete(row.seq)) this.#bytes -= row.bytes;
  }

  clear(): void {
    this.#rows.clear();
    this.#bytes = 0;
  }

  hasRoomFor(row: Row): boolean {
    if (this.#rows.size === 0) return true;
    return this.#rows.size < WINDOW_MESSAGES && this.#bytes + row.bytes <= WINDOW_BYTES;
  }

  /** The first of these that there is room for; what is held already takes no new room. */
  takeFitting(rows: readonly Row[]): Row[] {
    let count = this.#rows.size;
    let bytes = this.#bytes;
    const fitting: Row[] = [];
    for (const row of rows) {
      if (!this.#rows.has(row.seq)) {
        if (count >= WINDOW_MESSAGES || (count > 0 && bytes + row.bytes > WINDOW_BYTES)) break;
        count++;
        bytes += row.bytes;
      }
      fitting.push(row);
    }
    return fitting;
  }
}
