/** What the journal has not confirmed yet, in the order in which it became true. */

/** One row: lines of the journal's stream (`journal/lines.ts`), joined by line breaks. */
export interface OutboxRow {
  seq: number;
  lines: string;
}

/** SQLite in a Durable Object takes values up to 2 MB. */
const ROW_MAX_LENGTH = 500_000;
/** The newest rows are kept in memory too, so that they need not be read again; about so many characters of them. */
const RECENT_MAX_LENGTH = 8_000_000;

export class Outbox {
  readonly #sql: SqlStorage;
  /** The newest rows without a gap. */
  #recent: OutboxRow[] = [];
  #recentLength = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Call it as the last step of the transaction that makes true what the lines say. */
  add(lines: readonly string[]): void {
    let row: string[] = [];
    let length = 0;
    for (const line of lines) {
      if (row.length > 0 && length + line.length > ROW_MAX_LENGTH) {
        this.#insert(row);
        row = [];
        length = 0;
      }
      row.push(line);
      length += line.length;
    }
    if (row.length > 0) this.#insert(row);
  }

  /** The oldest rows behind `after`, together not much longer than `maxLength`. */
  next(after: number, maxLength: number): OutboxRow[] {
    const rows: OutboxRow[] = [];
    let length = 0;
    for (const row of this.#rowsAfter(after)) {
      rows.push(row);
      length += row.lines.length;
      if (length >= maxLength) break;
    }
    return rows;
  }

  isEmpty(): boolean {
    return this.#sql.exec("SELECT 1 FROM outbox LIMIT 1").next().done === true;
  }

  /** The journal has these. */
  forget(upTo: number): void {
    this.#sql.exec("DELETE FROM outbox WHERE seq <= ?", upTo);
    this.#forgetRecent((row) => row.seq <= upTo);
  }

  #rowsAfter(after: number): Iterable<OutboxRow> {
    const [first] = this.#recent;
    if (first !== undefined && first.seq <= after + 1) return this.#recent.filter(({ seq }) => seq > after);
    return this.#sql.exec<{ seq: number; lines: string }>(
      "SELECT seq, lines FROM outbox WHERE seq > ? ORDER BY seq",
      after,
    );
  }

  #insert(pieces: readonly string[]): void {
    const lines = pieces.join("\n");
    const { seq } = this.#sql.exec<{ seq: number }>("INSERT INTO outbox (lines) VALUES (?) RETURNING seq", lines).one();
    this.#recent.push({ seq, lines });
    this.#recentLength += lines.length;
    this.#forgetRecent(() => this.#recentLength > RECENT_MAX_LENGTH);
  }

  #forgetRecent(isOver: (row: OutboxRow) => boolean): void {
    let count = 0;
    for (const row of this.#recent) {
      if (!isOver(row)) break;
      this.#recentLength -= row.lines.length;
      count++;
    }
    if (count > 0) this.#recent.splice(0, count);
  }
}
