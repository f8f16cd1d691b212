/** What a search asks for: reads the text of a query, or says what is wrong with it. */
import { failure, type Result, success } from "../../shared/errors.ts";
import { MessageType } from "../../shared/message.ts";

const OPERATORS = ["from", "to", "with", "type", "topic", "role", "project", "is", "after", "before"] as const;
export type Operator = (typeof OPERATORS)[number];

const CONDITIONS = [
  "unanswered",
  "answered",
  "queued",
  "delivered",
  "acked",
  "seen",
  "expired",
  "dead",
  "removed",
] as const;
/** What `is:` takes: how far a message got, or whether a task or question has its answer. */
export type Condition = (typeof CONDITIONS)[number];

/** One thing that a message must be, or must not be. Times in epoch ms. */
export type Term = { isNegated: boolean } & (
  | { kind: "text"; text: string }
  | { kind: "from" | "to" | "with" | "type" | "topic" | "role" | "project"; value: string }
  | { kind: "is"; condition: Condition }
  | { kind: "after" | "before"; at: number }
);

const QUERY_MAX_LENGTH = 1_000;
const TERMS_MAX = 16;
/** Each gathers all words that begin so: the dearest thing to ask for. */
const BEGINNINGS_MAX = 4;
/** `-`, `word:`, then a quoted text or a word. An address has colons too, but begins with no bare word and colon. */
const TOKEN = /(-?)(?:([A-Za-z]+):(?!\/\/))?("(?:[^"\\]|\\.)*"?|[^\s"]\S*)?/y;

/**
 * Reads words, "phrases", -negation and operators; all of them must hold. Not a library: the usual one takes the colon in a
 * phrase for an operator, splits values at commas, and drops what it does not understand without a word.
 */
export function parseQuery(query: string, now = Date.now()): Result<Term[]> {
  if (query.length > QUERY_MAX_LENGTH) return refuse(`A query may have at most ${QUERY_MAX_LENGTH} characters.`);
  const terms: Term[] = [];
  // No text that is looked for has a NUL in it: SQL would end there.
  for (const token of tokensOf(query.replaceAll("\0", " "))) {
    const term = readToken(token, now);
    if (!term.ok) return term;
    if (term.value !== null) terms.push(term.value);
  }
  if (terms.length > TERMS_MAX) return refuse(`A query may have at most ${TERMS_MAX} terms.`);
  if (terms.filter(isBeginning).length > BEGINNINGS_MAX) {
    return refuse(`A query may have at most ${BEGINNINGS_MAX} words with * at their end.`);
  }
  return success(terms);
}

/** Whether it asks for what begins so, as `word*` does. */
export function isBeginning(term: Term): boolean {
  return term.kind === "text" && /[^*]\*$/.test(term.text);
}

interface Token {
  isNegated: boolean;
  operator: string | undefined;
  value: string;
}

function* tokensOf(query: string): Generator<Token> {
  for (let at = 0; at < query.length; ) {
    if (/\s/.test(query[at] as string)) {
      at++;
      continue;
    }
    TOKEN.lastIndex = at;
    const [all = "", minus, operator, value = ""] = TOKEN.exec(query) ?? [];
    at += Math.max(1, all.length);
    yield { isNegated: minus === "-", operator, value: unquote(value) };
  }
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value;
  return value.replace(/^"|"$/g, "").replace(/\\(.)/g, "$1");
}

function readToken({ isNegated, operator, value }: Token, now: number): Result<Term | null> {
  if (operator === undefined) return success(value.trim() === "" ? null : { kind: "text", text: value, isNegated });
  const kind = operator.toLowerCase();
  if (!isOperator(kind)) {
    return refuse(
      `There is no operator "${operator}:". Known: ${OPERATORS.map((name) => `${name}:`).join(" ")}. To search for the text itself, put it in quotes: "${operator}:${value}".`,
    );
  }
  if (value === "") return refuse(`${kind}: wants a value right after the colon, as in ${EXAMPLES[kind]}.`);
  if (kind === "is")
    return isCondition(value) ? success({ kind, condition: value, isNegated }) : unknownCondition(value);
  if (kind === "after" || kind === "before") return readTime(kind, value, isNegated, now);
  if (kind === "type" && !MessageType.safeParse(value).success) {
    return refuse(`There is no type "${value}". Types: ${MessageType.options.join(", ")}.`);
  }
  return success({ kind, value, isNegated });
}

function readTime(kind: "after" | "before", value: string, isNegated: boolean, now: number): Result<Term> {
  const at = momentOf(value.toLowerCase(), value, now);
  if (Number.isNaN(at)) {
    return refuse(
      `"${value}" is no time. Use a day (2026-11-22, today, yesterday), a moment (2026-11-22T14:30:00Z), or how long ago (30m, 2h, 3d, 1w).`,
    );
  }
  return success({ kind, at, isNegated });
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: DAY_MS, w: 7 * DAY_MS };

/** A day means its first moment in UTC, so `after:2026-11-22` includes that day and `before:` does not. */
function momentOf(word: string, value: string, now: number): number {
  if (word === "today") return now - (now % DAY_MS);
  if (word === "yesterday") return now - (now % DAY_MS) - DAY_MS;
  const [, count = "", unit = ""] = /^(\d{1,4})([mhdw])$/.exec(word) ?? [];
  if (unit !== "") return now - Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  return /^\d{4}-\d{2}-\d{2}(T\S+)?$/.test(value) ? Date.parse(value) : Number.NaN;
}

function isOperator(text: string): text is Operator {
  return (OPERATORS as readonly string[]).includes(text);
}

function isCondition(text: string): text is Condition {
  return (CONDITIONS as readonly string[]).includes(text);
}

function unknownCondition(value: string): Result<never> {
  return refuse(`is:${value} says nothing. Use is: with one of ${CONDITIONS.join(", ")}.`);
}

function refuse(error: string): Result<never> {
  return failure("invalid_payload", error);
}

const EXAMPLES: Record<Operator, string> = {
  from: "from:alice",
  to: "to:bob@server:api",
  with: "with:bob@server:api",
  type: "type:task",
  topic: "topic:api/errors",
  role: "role:reviewer",
  project: "project:api",
  is: "is:unanswered",
  after: "after:2026-11-22",
  before: "before:2026-11-22",
};
