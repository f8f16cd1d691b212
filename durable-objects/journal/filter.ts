/** A query as SQL conditions over `messages m`, its values bound. */
import { isInstanceId } from "../../shared/ids.ts";
import { DELIVERY_STATES } from "../../shared/message.ts";
import type { Condition, Term } from "./query.ts";

export interface Filter {
  /** What the full-text index must match; null for no words. */
  match: string | null;
  where: string[];
  /** For the question marks of `where`, in order. */
  bindings: (string | number)[];
}

/** Whether it lets every message through. */
export function isEverything({ match, where }: Filter): boolean {
  return match === null && where.length === 0;
}

/** A name, or the beginning of one up to a boundary of its parts: `alice`, `alice@host`, `alice@host:project`. */
const NAMED = `SELECT id FROM names WHERE name = ? OR (name > ? AND substr(name, 1, ?) = ? AND
  substr(name, ?, 1) IN ('@', ':', '/'))`;
const EXACT = "SELECT id FROM names WHERE name = ?";
const OF_PROJECT = "SELECT id FROM names WHERE project = ?";
const HAS_DELIVERY = "EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.message_id";
/** Publications and broadcasts as a whole count as delivered. */
const IS_WHOLE = "m.delivered IS NOT NULL";

export function toFilter(terms: readonly Term[]): Filter {
  const filter: Filter = { match: null, where: [], bindings: [] };
  const words: string[] = [];
  for (const term of terms) {
    if (term.kind === "text" && !term.isNegated) {
      words.push(toMatch(term.text));
      continue;
    }
    const [condition, ...bindings] = conditionOf(term);
    filter.where.push(term.isNegated ? `NOT coalesce(${condition}, 0)` : condition);
    filter.bindings.push(...bindings);
  }
  if (words.length > 0) filter.match = words.join(" AND ");
  return filter;
}

function conditionOf(term: Term): [condition: string, ...bindings: (string | number)[]] {
  switch (term.kind) {
    case "text":
      return ["m.id IN (SELECT rowid FROM texts WHERE texts MATCH ?)", toMatch(term.text)];
    case "from":
      return nameCondition("m.sender", term.value);
    case "to":
      return nameCondition("m.recipient", term.value);
    case "with": {
      const [sent, ...names] = nameCondition("m.sender", term.value);
      const [received] = nameCondition("m.recipient", term.value);
      return [`(${sent} OR ${received})`, ...names, ...names];
    }
    case "type":
      return ["m.type = ?", term.value];
    case "topic":
      return [`m.topic = (${EXACT})`, term.value];
    case "role":
      return [`(m.role IN (${EXACT}) OR m.sender_role IN (${EXACT}))`, term.value, term.value];
    case "project":
      return [`(+m.sender IN (${OF_PROJECT}) OR +m.recipient IN (${OF_PROJECT}))`, term.value, term.value];
    case "after":
      return ["m.at >= ?", term.at];
    case "before":
      return ["m.at < ?", term.at];
    case "is":
      return [isCondition(term.condition)];
  }
}

function isCondition(condition: Condition): string {
  if (condition === "answered") return "m.answered_at IS NOT NULL";
  if (condition === "unanswered") return "(m.answered_at IS NULL AND m.type IN ('task', 'question'))";
  const state = DELIVERY_STATES.indexOf(condition);
  if (condition === "queued") return `(m.delivered IS NULL AND NOT ${HAS_DELIVERY}))`;
  if (condition === "delivered") return `(${IS_WHOLE} OR ${HAS_DELIVERY} AND d.state = ${state}))`;
  // Ends are few, so their own index leads; acks are many, so each message is looked up.
  if (condition === "acked" || condition === "seen") return `${HAS_DELIVERY} AND d.state = ${state})`;
  return `m.message_id IN (SELECT message_id FROM deliveries WHERE state = ${state} AND state >= 4)`;
}

/**
 * One name has its index. Where there are several, `+` keeps the planner off it: it would gather all their messages and
 * sort them, when the newest page is found sooner by looking at one message after the other.
 */
function nameCondition(column: "m.sender" | "m.recipient", value: string): [string, ...(string | number)[]] {
  if (isInstanceId(value)) return [`${column} = (${EXACT})`, value];
  return [`+${column} IN (${NAMED})`, value, value, value.length, value, value.length + 1];
}

/** A word or phrase for the full-text index; `word*` finds what begins so. */
function toMatch(text: string): string {
  const isPrefix = /[^*]\*$/.test(text);
  return `"${(isPrefix ? text.slice(0, -1) : text).replaceAll('"', '""')}"${isPrefix ? "*" : ""}`;
}
