/** The event stream on disk: what was taken in, in the order of its cursors, and from whom. */

import { countEvents, type Segment } from "../stream-lines.ts";

/** A row of the stream: small enough that replaying or indexing one holds up nobody. */
const ROW_MAX_LENGTH = 65_536;

type Row = { first_cursor: number; last_cursor: number; lines: string };

export class StreamStore {
  readonly #sql: SqlStorage;
  #last: number;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#last = this.#sql
      .exec<{ last: number }>(
        "SELECT coalesce((SELECT last_cursor FROM stream ORDER BY first_cursor DESC LIMIT 1), 0) AS last",
      )
      .one().last;
  }

  /** The cursor of the newest event, 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** The cursor before the oldest event that is kept. */
  get floor(): number {
    const row = this.#sql
      .exec<{ first: number }>("SELECT first_cursor AS first FROM stream ORDER BY first_cursor LIMIT 1")
      .toArray()[0];
    return row === undefined ? this.#last : row.first - 1;
  }

  /** Keeps lines as they came, and gives their events the next cursors. */
  append(lines: readonly string[], now: number): Segment {
    const first = this.#last + 1;
    let row: string[] = [];
    let length = 0;
    let rowFirst = first;
    let next = first;
    for (const line of lines) {
      if (row.length > 0 && length + line.length > ROW_MAX_LENGTH) {
        this.#insert(rowFirst, next - 1, now, row);
        row = [];
        length = 0;
        rowFirst = next;
      }
      row.push(line);
      length += line.length;
      next += countEvents(line);
    }
    if (row.length > 0) this.#insert(rowFirst, next - 1, now, row);
    this.#last = next - 1;
    return { first, last: this.#last, lines };
  }

  /** The row with the next event after a cursor; events before that one may stand in it too. Undefined when there is none. */
  after(cursor: number): Segment | undefined {
    if (cursor >= this.#last) return undefined;
    const row = this.#sql
      .exec<Row>(
        `SELECT * FROM stream WHERE first_cursor >=
           coalesce((SELECT max(first_cursor) FROM stream WHERE first_cursor <= ?1), 0) AND last_cursor >= ?1
         ORDER BY first_cursor LIMIT 1`,
        cursor + 1,
      )
      .toArray()[0];
    if (row === undefined) return undefined;
    return { first: row.first_cursor, last: row.last_cursor, lines: row.lines.split("\n") };
  }

  /** Puts another line in the place of an event, if it is still kept. */
  replace(cursor: number, line: string): void {
    const segment = this.after(cursor - 1);
    if (segment === undefined || segment.first > cursor) return;
    let next = segment.first;
    const lines = segment.lines.map((known) => {
      const at = next;
      next += countEvents(known);
      return at === cursor ? line : known;
    });
    this.#sql.exec("UPDATE stream SET lines = ? WHERE first_cursor = ?", lines.join("\n"), segment.first);
  }

  /**
   * Of the oldest `rows` rows, forgets those taken before a time, none beyond `upTo`. The newest row stays, since it knows
   * the last cursor. Returns whether there was any.
   */
  forgetOldest(rows: number, before: number, upTo: number): boolean {
    return (
      this.#sql.exec(
        `DELETE FROM stream WHERE first_cursor IN (SELECT first_cursor FROM stream ORDER BY first_cursor LIMIT ?) AND
           taken_at < ? AND last_cursor <= ?`,
        rows,
        before,
        Math.min(upTo, this.#last - 1),
      ).rowsWritten > 0
    );
  }

  /** The last seq taken from a source; 0 for none. */
  takenFrom(source: string): number {
    const row = this.#sql.exec<{ seq: number }>("SELECT seq FROM outboxes WHERE source = ?", source).toArray()[0];
    return row?.seq ?? 0;
  }

  noteTaken(source: string, seq: number, now: number): void {
    this.#sql.exec(
      "INSERT INTO outboxes VALUES (?1, ?2, ?3) ON CONFLICT (source) DO UPDATE SET seq = ?2, taken_at = ?3",
      source,
      seq,
      now,
    );
  }

  /** Forgets sources that were silent since a time: what they send again would be older than anything kept. */
  forgetSources(before: number): void {
    this.#sql.exec("DELETE FROM outboxes WHERE taken_at < ?", before);
  }

  #insert(first: number, last: number, now: number, lines: readonly string[]): void {
    this.#sql.exec("INSERT INTO stream VALUES (?, ?, ?, ?)", first, last, now, lines.join("\n"));
  }
}
