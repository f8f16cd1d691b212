/** As much of a terminal as it takes to read what a program has drawn. */
const COLUMNS = 150;
const ROWS = 45;
export const SIZE = { columns: COLUMNS, rows: ROWS };

const ESC = "\u001b";
const BELL = "\u0007";
/** CSI; OSC up to BEL or ST; other strings up to ST; charsets; and single characters. */
const SEQUENCE = new RegExp(
  [
    `${ESC}\\[([<-?]?)([0-9;:]*)[ -/]*([@-~])`,
    `${ESC}\\][^${BELL}${ESC}]*(?:${BELL}|${ESC}\\\\)`,
    `${ESC}[PX^_][^${ESC}]*${ESC}\\\\`,
    `${ESC}[()#][0-9A-Za-z]`,
    `${ESC}([^\\[\\]PX^_()#])`,
  ].join("|"),
  "y",
);
/** A sequence that is longer than this is none. */
const SEQUENCE_MAX = 4_096;

export class Screen {
  #rows: string[][] = [[]];
  /** Lines that have left at the top. */
  readonly #gone: string[] = [];
  #row = 0;
  #column = 0;
  #saved: [number, number] = [0, 0];
  #rest = "";
  #answers = "";

  /** What a terminal would have said to what the program asked since the last look: where the cursor is, and what it can do. */
  takeAnswers(): string {
    const answers = this.#answers;
    this.#answers = "";
    return answers;
  }

  /** What was drawn, scrolled-away lines included. */
  get text(): string {
    return [...this.#gone, ...this.#rows.map((row) => lineOf(row))].join("\n");
  }

  /** What a person sees now. */
  get visible(): string {
    return this.#rows.map((row) => lineOf(row)).join("\n");
  }

  write(chunk: string): void {
    const text = this.#rest + chunk;
    this.#rest = "";
    let at = 0;
    while (at < text.length) {
      const char = text.codePointAt(at) as number;
      if (char === 0x1b) {
        SEQUENCE.lastIndex = at;
        const match = SEQUENCE.exec(text);
        if (match === null) {
          if (text.length - at < SEQUENCE_MAX) {
            this.#rest = text.slice(at);
            return;
          }
          at++;
          continue;
        }
        at = SEQUENCE.lastIndex;
        if (match[3] !== undefined) this.#control(match[1] ?? "", match[2] ?? "", match[3]);
        else if (match[4] !== undefined) this.#escape(match[4]);
        continue;
      }
      at += char > 0xffff ? 2 : 1;
      this.#put(String.fromCodePoint(char));
    }
  }

  #put(char: string): void {
    if (char === "\r") this.#column = 0;
    else if (char === "\n") this.#lineFeed();
    else if (char === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (char < " ") return;
    else {
      if (this.#column >= COLUMNS) {
        this.#column = 0;
        this.#lineFeed();
      }
      const row = this.#rowAt(this.#row);
      while (row.length < this.#column) row.push(" ");
      row[this.#column++] = char;
    }
  }

  #lineFeed(): void {
    this.#row++;
    if (this.#row < ROWS) return;
    this.#row = ROWS - 1;
    this.#gone.push(lineOf(this.#rowAt(0)));
    this.#rows.shift();
  }

  #rowAt(index: number): string[] {
    while (this.#rows.length <= index) this.#rows.push([]);
    return this.#rows[index] as string[];
  }

  #escape(char: string): void {
    if (char === "7") this.#saved = [this.#row, this.#column];
    if (char === "8") [this.#row, this.#column] = this.#saved;
  }

  #control(mark: string, parameters: string, final: string): void {
    if (mark !== "" && final !== "J") return;
    const numbers = parameters.split(/[;:]/).map((part) => Number(part || 0));
    const first = numbers[0] ?? 0;
    const by = Math.max(1, first);
    if (final === "n" && first === 6) this.#answers += `${ESC}[${this.#row + 1};${this.#column + 1}R`;
    if (final === "c") this.#answers += `${ESC}[?62;22c`;
    if (final === "A") this.#row = Math.max(0, this.#row - by);
    else if (final === "B" || final === "E") this.#row = Math.min(ROWS - 1, this.#row + by);
    else if (final === "F") this.#row = Math.max(0, this.#row - by);
    else if (final === "C") this.#column = Math.min(COLUMNS - 1, this.#column + by);
    else if (final === "D") this.#column = Math.max(0, this.#column - by);
    else if (final === "G") this.#column = by - 1;
    else if (final === "d") this.#row = by - 1;
    else if (final === "H" || final === "f") [this.#row, this.#column] = [by - 1, Math.max(1, numbers[1] ?? 1) - 1];
    else if (final === "J") this.#clear(first);
    else if (final === "K") this.#clearLine(first);
    if (final === "E" || final === "F") this.#column = 0;
  }

  #clear(kind: number): void {
    if (kind >= 2) {
      this.#gone.push(...this.#rows.map((row) => lineOf(row)).filter((line) => line !== ""));
      this.#rows = [[]];
    } else if (kind === 0) {
      this.#clearLine(0);
      this.#rows.length = Math.min(this.#rows.length, this.#row + 1);
    }
  }

  #clearLine(kind: number): void {
    const row = this.#rowAt(this.#row);
    if (kind === 0) row.length = Math.min(row.length, this.#column);
    else if (kind === 2) row.length = 0;
    else row.fill(" ", 0, this.#column);
  }
}

function lineOf(row: readonly string[]): string {
  return Array.from(row, (char) => char ?? " ")
    .join("")
    .trimEnd();
}
