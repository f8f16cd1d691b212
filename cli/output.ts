/** What a command writes: data to stdout, sentences to stderr, colours to a terminal only. */
import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Colours where people look, and not where programs read: a terminal that did not opt out (https://no-color.org). */
export function hasColours(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

export function paint(format: Format, text: string, isColoured = hasColours(process.stdout)): string {
  return isColoured ? styleText(format, text, { validateStream: false }) : text;
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/** A sentence for whoever started the command. */
export function note(sentence: string): void {
  process.stderr.write(`cc2cc: ${sentence}\n`);
}

/** Rows under their titles, as wide as they need. An empty table says so in words instead. */
export function printTable(titles: readonly string[], rows: readonly (readonly string[])[], nothing: string): void {
  if (rows.length === 0) {
    note(nothing);
    return;
  }
  const widths = titles.map((title, n) => Math.max(title.length, ...rows.map((row) => row[n]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join("  ")
      .trimEnd();
  print(paint("dim", line(titles)));
  for (const row of rows) print(line(row));
}

/** How long ago, in the unit that people would say it in. */
export function agoOf(iso: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)} h ago` : `${Math.floor(seconds / 86_400)} d ago`;
}
