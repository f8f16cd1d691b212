/** What is wrong with a field, in words that say what it may be: zod's own speak of its schema. */
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

const ITEMS: Readonly<Record<string, string>> = { string: "characters", array: "items", set: "items" };

/** A sentence that a schema gives stays; zod's own are said anew. */
export function wordsOfIssue(issue: Issue): string {
  const { message } = issue;
  switch (issue.code) {
    case "too_small":
      return message.startsWith("Too small") ? bound(issue.origin, issue.minimum, "or more") : message;
    case "too_big":
      return message.startsWith("Too big") ? bound(issue.origin, issue.maximum, "or less") : message;
    case "invalid_type":
      return message.startsWith("Invalid input") ? typeWords(issue.expected, message) : message;
    case "invalid_value":
      return message.startsWith("Invalid") ? `must be one of ${issue.values.map(String).join(", ")}` : message;
    default:
      return message;
  }
}

function bound(origin: string, limit: number | bigint, side: string): string {
  const items = ITEMS[origin];
  if (items !== undefined && limit === 1 && side === "or more") return "must not be empty";
  return items === undefined ? `must be ${limit} ${side}` : `must have ${limit} ${items} ${side}`;
}

function typeWords(expected: string, message: string): string {
  if (message.endsWith("received undefined")) return "is missing";
  const what = expected === "int" ? "whole number" : expected === "record" ? "object" : expected;
  return `must be ${/^[aeiou]/.test(what) ? "an" : "a"} ${what}`;
}
