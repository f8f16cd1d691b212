/** Puts a table of ours into a TOML file of somebody else, and takes it away, without touching anything around it. */
import { parse, stringify, type TomlTable } from "smol-toml";
import { CliProblem, ExitCode } from "../problem.ts";

const HEADER = /^\s*\[{1,2}\s*([^\]#]+?)\s*\]{1,2}\s*(?:#.*)?$/;

/** What stands under a dotted name; undefined where nothing does. Throws a CliProblem for a file that is no TOML. */
export function tableAt(text: string, path: string, name: readonly string[]): TomlTable | undefined {
  let value: unknown = parsed(text, path);
  for (const key of name) value = (value as TomlTable | undefined)?.[key];
  return value as TomlTable | undefined;
}

/** The text with this table at its end, in place of one of that name. */
export function putTable(text: string, path: string, name: readonly string[], table: TomlTable): string {
  const rest = removeTable(text, path, name);
  if (tableAt(rest, path, name) !== undefined) {
    throw new CliProblem(
      ExitCode.failed,
      `${path} defines ${name.join(".")} in a form that cc2cc does not change: take it out there, then run this again.`,
    );
  }
  const gap = rest === "" ? "" : rest.endsWith("\n") ? "\n" : "\n\n";
  return `${rest}${gap}${stringify(name.reduceRight((inner, key) => ({ [key]: inner }), table))}`;
}

/** The text without the tables of this name and below it. */
export function removeTable(text: string, path: string, name: readonly string[]): string {
  parsed(text, path);
  const lines = text.split("\n");
  const kept: string[] = [];
  let isOurs = false;
  for (const line of lines) {
    const header = HEADER.exec(line)?.[1];
    if (header !== undefined) isOurs = isWithin(header, name);
    // What stands before the next header, such as a remark on it, belongs to that.
    else if (isOurs && (line.trim() === "" || line.trimStart().startsWith("#"))) isOurs = false;
    if (isOurs) dropGap(kept, header);
    else kept.push(line);
  }
  return kept.join("\n");
}

/** The blank line that was put before our table goes with it. */
function dropGap(kept: string[], header: string | undefined): void {
  if (header !== undefined && kept.at(-1) === "" && kept.length > 1) kept.pop();
}

function isWithin(header: string, name: readonly string[]): boolean {
  const keys = [...header.matchAll(/"([^"]*)"|'([^']*)'|([\w-]+)/g)].map((match) => match[1] ?? match[2] ?? match[3]);
  return name.every((key, index) => keys[index] === key);
}

function parsed(text: string, path: string): TomlTable {
  try {
    return parse(text) as TomlTable;
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    throw new CliProblem(ExitCode.failed, `${path} cannot be read (${reason}): put it right, then run this again.`);
  }
}
