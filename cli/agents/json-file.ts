/** Changes JSON files of somebody else, with or without comments, and leaves everything around the change as it is. */
import { applyEdits, type JSONPath, modify, type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { CliProblem, ExitCode } from "../problem.ts";

type Json = Record<string, unknown>;

/** The value of a file, `{}` for one that is empty or not there. Throws a CliProblem where it is no JSON object. */
export function readJson(text: string | undefined, path: string): Json {
  if (text === undefined || text.trim() === "") return {};
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (error === undefined && isObject) return value as Json;
  const reason = error === undefined ? "no object" : `${printParseErrorCode(error.error)} at offset ${error.offset}`;
  throw new CliProblem(ExitCode.failed, `${path} cannot be read (${reason}): put it right, then run this again.`);
}

/** The text with this value in that place; undefined takes the place away. */
export function setJson(text: string | undefined, place: JSONPath, value: unknown): string {
  const before = text === undefined || text.trim() === "" ? "{}\n" : text;
  return applyEdits(before, modify(before, place, value, { formattingOptions: formatOf(before) }));
}

/** The text with this value at the end of the list in that place. */
export function appendJson(text: string | undefined, place: JSONPath, value: unknown, length: number): string {
  if (length === 0) return setJson(text, place, [value]);
  const before = text ?? "{}\n";
  const options = { formattingOptions: formatOf(before), isArrayInsertion: true };
  return applyEdits(before, modify(before, [...place, length], value, options));
}

/** As the file is indented already. */
function formatOf(text: string) {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
  return { insertSpaces: !indent.startsWith("\t"), tabSize: indent.length, eol: text.includes("\r\n") ? "\r\n" : "\n" };
}
