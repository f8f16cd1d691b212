/**
 * What is wrong with a field, in words that say what it may be: zod's own speak of its schema. Importing this sets them for
 * the process, because others parse with our schemas too: the MCP SDK the arguments of tools, hono the bodies of requests.
 */
import { z } from "zod";

const ITEMS: Readonly<Record<string, string>> = { string: "characters", array: "items", set: "items" };

export const MOMENT_WORDS = "must be an ISO time such as 2026-11-29T12:00:00Z";

/** A sentence that a schema gives itself comes before these. */
function wordsOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "too_small":
      return bound(issue.origin, issue.minimum, "or more");
    case "too_big":
      return bound(issue.origin, issue.maximum, "or less");
    case "invalid_type":
      return typeWords(issue.expected, issue.input);
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "invalid_format":
      return issue.format === "datetime" ? MOMENT_WORDS : undefined;
    default:
      return undefined;
  }
}

function bound(origin: string, limit: number | bigint, side: string): string {
  const items = ITEMS[origin];
  if (items !== undefined && limit === 1 && side === "or more") return "must not be empty";
  return items === undefined ? `must be ${limit} ${side}` : `must have ${limit} ${items} ${side}`;
}

function typeWords(expected: string, input: unknown): string {
  if (input === undefined) return "is missing";
  const what = expected === "int" ? "whole number" : expected === "record" ? "object" : expected;
  return `must be ${/^[aeiou]/.test(what) ? "an" : "a"} ${what}`;
}

z.config({ customError: wordsOf });
