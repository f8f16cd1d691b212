/** What can be searched for (protocol, "Search"), and what to suggest while somebody types it. */
import { DELIVERY_STATES } from "../../../shared/delivery-states.ts";
import { MESSAGE_TYPES } from "../models/message-types.ts";

export const SEARCH_OPERATORS = [
  { name: "from", hint: "sent by an instance, or by all whose id begins so" },
  { name: "to", hint: "sent to an instance, a topic or all" },
  { name: "with", hint: "from or to an instance" },
  { name: "type", hint: "task, result, question, ack, ping" },
  { name: "topic", hint: "published to a topic" },
  { name: "role", hint: "sent to a role, or by who had it" },
  { name: "project", hint: "of the sender or the recipient" },
  { name: "is", hint: "unanswered, or how far it got" },
  { name: "after", hint: "a day or a moment, which it includes, or how long ago" },
  { name: "before", hint: "a day or a moment, which it leaves out, or how long ago" },
] as const;

export type SearchOperator = (typeof SEARCH_OPERATORS)[number]["name"];

/** Values that the caller knows of: ids, topics, roles, projects. */
export type KnownValues = Partial<Record<SearchOperator, readonly string[]>>;

export interface Suggestion {
  /** What takes the place of the term. */
  value: string;
  label: string;
  hint?: string;
}

export interface Suggestions {
  /** Where the term stands that they would replace. */
  start: number;
  end: number;
  items: Suggestion[];
}

const MAX_SUGGESTIONS = 12;
const DAY_MS = 86_400_000;
const WORDS: readonly { value: string; hint: string }[] = [
  { value: "1h", hint: "an hour ago" },
  { value: "today", hint: "when the day began" },
  { value: "yesterday", hint: "when the day before began" },
];
const DAYS: readonly [days: number, hint: string][] = [
  [7, "a week ago"],
  [30, "30 days ago"],
];

/** Suggestions for the term that the caret is in; none for plain words, which need no help. */
export function suggestTerms(query: string, caret: number, known: KnownValues, now: number): Suggestions {
  const { start, end } = termAt(query, caret);
  const typed = query.slice(start, Math.max(start, caret));
  const sign = typed.startsWith("-") ? "-" : "";
  const term = typed.slice(sign.length).toLowerCase();
  const colon = term.indexOf(":");
  if (term.startsWith('"')) return { start, end, items: [] };
  if (colon < 0) return { start, end, items: suggestOperators(sign, term) };
  const operator = SEARCH_OPERATORS.find(({ name }) => name === term.slice(0, colon));
  if (operator === undefined) return { start, end, items: [] };
  return {
    start,
    end,
    items: suggestValues(`${sign}${operator.name}:`, operator.name, term.slice(colon + 1), known, now),
  };
}

/** The query with a suggestion in it, and where the caret goes: behind the space that ends a term, or at an operator's value. */
export function applySuggestion(
  query: string,
  at: Suggestions,
  { value }: Suggestion,
): { query: string; caret: number } {
  const isWhole = !value.endsWith(":");
  const rest = query.slice(at.end).trimStart();
  const head = `${query.slice(0, at.start)}${value}${isWhole ? " " : ""}`;
  return { query: head + (rest === "" || isWhole ? rest : ` ${rest}`), caret: head.length };
}

/** The range of the term round a place; spaces within quotes do not end it. */
function termAt(query: string, caret: number): { start: number; end: number } {
  const term = /-?(?:[a-z]+:)?"[^"]*"?|\S+/gi;
  for (const match of query.matchAll(term)) {
    const end = match.index + match[0].length;
    if (match.index <= caret && caret <= end) return { start: match.index, end };
  }
  return { start: caret, end: caret };
}

function suggestOperators(sign: string, typed: string): Suggestion[] {
  return SEARCH_OPERATORS.filter(({ name }) => name.startsWith(typed)).map(({ name, hint }) => ({
    value: `${sign}${name}:`,
    label: `${sign}${name}:`,
    hint,
  }));
}

function suggestValues(
  prefix: string,
  name: SearchOperator,
  typed: string,
  known: KnownValues,
  now: number,
): Suggestion[] {
  const values = valuesOf(name, known, now).filter(({ value }) => value.toLowerCase().includes(typed));
  // Who has typed it out wants Enter to search, not to choose it again.
  if (values.length === 1 && values[0]?.value.toLowerCase() === typed) return [];
  values.sort(
    (a, b) => Number(b.value.toLowerCase().startsWith(typed)) - Number(a.value.toLowerCase().startsWith(typed)),
  );
  return values
    .slice(0, MAX_SUGGESTIONS)
    .map(({ value, hint }) => ({ value: prefix + value, label: value, ...(hint === undefined ? {} : { hint }) }));
}

function valuesOf(name: SearchOperator, known: KnownValues, now: number): { value: string; hint?: string }[] {
  if (name === "type") return MESSAGE_TYPES.map((value) => ({ value }));
  if (name === "is") return ["unanswered", "answered", ...DELIVERY_STATES].map((value) => ({ value }));
  if (name === "after" || name === "before") {
    const days = DAYS.map(([ago, hint]) => ({ value: new Date(now - ago * DAY_MS).toISOString().slice(0, 10), hint }));
    return [...WORDS, ...days];
  }
  const values = (known[name] ?? []).map((value) => ({ value }));
  return name === "to" ? [...values, { value: "broadcast" }] : values;
}
