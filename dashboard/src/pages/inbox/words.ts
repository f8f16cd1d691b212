/** Decisions in words. */
import type { Decision } from "../../../../shared/decisions.ts";
import { firstLine } from "../../models/first-line.ts";

const UNITS = [
  { name: "d", ms: 86_400_000 },
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
  { name: "s", ms: 1_000 },
] as const;

/** How long until a moment, in the unit that people would say it in. */
export function timeLeft(until: string, now: number): string {
  const left = Date.parse(until) - now;
  const { name, ms } = UNITS.find((unit) => left >= 2 * unit.ms) ?? UNITS[3];
  return left < 2_000 ? "now" : `${Math.floor(left / ms)} ${name}`;
}

/** How a decision ended, as a sentence. */
export function inWords(decision: Decision): string {
  const about = `“${firstLine(decision.question)}”`;
  switch (decision.state) {
    case "answered":
      return `${decision.answeredBy} answered ${about}: ${decision.answer}`;
    case "expired":
      return decision.answer === undefined
        ? `Nobody answered ${about} in time`
        : `Nobody answered ${about} in time; its default counts: ${decision.answer}`;
    case "withdrawn":
      return `${about} was taken back: nobody waits for it any more`;
    case "open":
      return `${about} is open`;
  }
}

/** Characters that change how a line reads without being seen, as what they are: what is approved is what is shown. */
export function showHidden(text: string): string {
  return text.replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
