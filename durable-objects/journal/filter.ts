/** A query as SQL conditions over `messages m`, its values bound. */
import { isInstanceId } from "../../shared/ids.ts";
import { DELIVERY_STATES } from "../../shared/message.ts";
import type { Names } from "./names.ts";
import { type Condition, isBeginning, type Term } from "./query.ts";
import { toSought } from "./unspaced.ts";

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

/** No name has this number. */
const NOBODY = -1;
const OF_PROJECT = "SELECT id FROM names WHERE project = ?";
const HAS_DELIVERY = "EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.message_id";
/** Publications and broadcasts as a whole count as delivered. */
const IS_WHOLE = "m.delivered IS NOT NULL";

export function toFilter(terms: readonly Term[], names: Names): Filter {
  const filter: Filter = { match: null, where: [], bindings: [] };
  const wanted: string[] = [];
  const unwanted: string[] = [];
  for (const term of terms) {
    if (term.kind === "text") {
      (term.isNegated ? unwanted : wanted).push(toMatch(term));
      continue;
    }
    const [condition, ...bindings] = conditionOf(term, names);
    filter.where.push(term.isNegated ? `NOT coalesce(${condition}, 0)` : condition);
    filter.bindings.push(...bindings);
  }
  // The index answers all words in one go, however many there are.
  const without = unwanted.join(" OR ");
  if (wanted.length > 0) filter.match = `(${wanted.join(" AND ")})${without === "" ? "" : ` NOT (${without})`}`;
  else if (without !== "") {
    filter.where.push("m.id NOT IN (SELECT rowid FROM texts WHERE texts MATCH ?)");
    filter.bindings.push(without);
  }
  return filter;
}

type Operation = Exclude<Term, { kind: "text" }>;

function conditionOf(term: Operation, names: Names): [condition: string, ...bindings: (string | number)[]] {
  switch (term.kind) {
    case "from":
      return nameCondition("m.sender", term.value, names);
    case "to":
      return nameCondition("m.recipient", term.value, names);
    case "with": {
      const [sent, name] = nameCondition("m.sender", term.value, names);
      const [received] = nameCondition("m.recipient", term.value, names);
      return [`(${sent} OR ${received})`, name, name];
    }
    case "type":
      return ["m.type = ?", term.value];
    case "topic":
      return ["m.topic = ?", names.find(term.value) ?? NOBODY];
    case "role":
      return ["? IN (m.role, m.sender_role)", names.find(term.value) ?? NOBODY];
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
  if (condition === "queued") return `(m.delivered IS NULL AND NOT ${HAS_DELIVERY} AND d.state > 0))`;
  if (condition === "delivered") return `(${IS_WHOLE} OR ${HAS_DELIVERY} AND d.state = ${state}))`;
  // Ends are few, so their own index leads; acks are many, so each message is looked up.
  if (condition === "acked" || condition === "seen") return `${HAS_DELIVERY} AND d.state = ${state})`;
  return `m.message_id IN (SELECT message_id FROM deliveries WHERE state = ${state} AND state >= 4)`;
}

/**
 * One name has its index. Where there are several, `+` keeps the planner off it: it would gather all their messages and
 * sort them, when the newest page is found sooner by looking at one message after the other.
 */
function nameCondition(
  column: "m.sender" | "m.recipient",
  value: string,
  names: Names,
): [condition: string, names: string | number] {
  if (isInstanceId(value)) return [`${column} = ?`, names.find(value) ?? NOBODY];
  return [`+${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(names.findNamed(value))];
}

/** A word or phrase for the full-text index; `word*` finds what begins so. */
function toMatch(term: Extract<Term, { kind: "text" }>): string {
  const isPrefix = isBeginning(term);
  const sought = toSought(isPrefix ? term.text.slice(0, -1) : term.text);
  return `"${sought.text.replaceAll('"', '""')}"${isPrefix || sought.mayGoOn ? "*" : ""}`;
}
