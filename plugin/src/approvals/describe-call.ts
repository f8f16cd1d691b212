/** A tool call in words that a person decides by. */
import { utf8Length } from "../../../shared/utf8.ts";

/** In characters: one line on a page. */
const QUESTION_MAX = 300;
/** In bytes of UTF-8, with room for the words about what is left out: the hub takes 8 KiB. */
const CONTEXT_MAX_BYTES = 8_000;

/** Of a call, what says most of it in one line; the first that it has. */
const TELLING = ["command", "file_path", "notebook_path", "url", "path", "query", "pattern", "description"];

/** `question`: one line. `context`: all that the tool would be given, as far as there is room. */
export function describeCall(tool: string, input: Record<string, unknown>): { question: string; context?: string } {
  const telling = TELLING.map((name) => input[name]).find((value) => typeof value === "string" && value !== "");
  const what = typeof telling === "string" ? ` ${oneLine(telling)}` : "";
  const context = Object.entries(input).map(lineOf).join("\n");
  const question = cut(`${tool}${what === "" ? "" : `:${what}`}`, QUESTION_MAX);
  return { question, ...(context === "" ? {} : { context: cut(context, roomFor(context)) }) };
}

function lineOf([name, value]: [string, unknown]): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.includes("\n") ? `${name}:\n${text}` : `${name}: ${text}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** How many of its characters fit. */
function roomFor(text: string): number {
  let length = text.length;
  while (utf8Length(text.slice(0, length)) > CONTEXT_MAX_BYTES) {
    length = Math.floor((length * CONTEXT_MAX_BYTES) / utf8Length(text.slice(0, length)));
  }
  return length;
}

/** What is left out is said: nobody should allow what they did not see without knowing that. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const left = text.length - max;
  return `${text.slice(0, max).replace(/[\ud800-\udbff]$/, "")} … and ${left} more characters`;
}
