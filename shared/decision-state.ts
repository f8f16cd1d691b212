/**
 * The life of a decision (H1, H2). Apart from the schemas, so that a browser gets it without all of zod. `open` is waited for;
 * the rest end it: a person `answered`, its time was over (`expired`), or nobody waits for it any more (`withdrawn`).
 */
export const DECISION_STATES = ["open", "answered", "expired", "withdrawn"] as const;
export type DecisionState = (typeof DECISION_STATES)[number];

/** `question`: anything that a session asks of people; `approval`: whether it may use a tool. */
export const DECISION_KINDS = ["question", "approval"] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** What a person may say to an approval. */
export const VERDICTS = ["allow", "deny"] as const;

/** How a decision ends, and what is known only then. Of what expired, `answer` is the asker's default; null for none. */
export type DecisionOutcome =
  | { state: "answered"; answer: string; answeredBy: string; note: string | null }
  | { state: "expired"; answer: string | null }
  | { state: "withdrawn" };

const NEXT: Readonly<Record<DecisionState, readonly DecisionState[]>> = {
  open: ["answered", "expired", "withdrawn"],
  answered: [],
  expired: [],
  withdrawn: [],
};

/** Whether a decision may go from one state to another: it ends once, and nothing moves it after that. */
export function canBecome(state: DecisionState, next: DecisionState): boolean {
  return NEXT[state].includes(next);
}
