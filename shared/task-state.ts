/**
 * The life of a task (T1), as A2A 1.0 has it. Apart from the schemas, so that a browser gets it without all of zod. In the
 * order a task passes through them; the last four end it.
 */
export const TASK_STATES = [
  "submitted",
  "accepted",
  "working",
  "input_required",
  "completed",
  "failed",
  "canceled",
  "rejected",
] as const;
export type TaskState = (typeof TASK_STATES)[number];

/**
 * Who moves a task: its owner, who asked for it, or the hub itself. Whoever is both may do what either may.
 */
export type Mover = "owner" | "requester" | "hub";

/** What comes next, whoever moves it. `working` to `working` is progress. An answer may skip what it does not need. */
const NEXT: Readonly<Record<TaskState, readonly TaskState[]>> = {
  submitted: ["accepted", "working", "completed", "failed", "canceled", "rejected"],
  accepted: ["working", "completed", "failed", "canceled", "rejected"],
  working: ["working", "input_required", "completed", "failed", "canceled", "rejected"],
  input_required: ["working", "completed", "failed", "canceled", "rejected"],
  completed: [],
  failed: [],
  canceled: [],
  rejected: [],
};

const STATES_OF: Readonly<Record<Mover, readonly TaskState[]>> = {
  owner: ["accepted", "working", "input_required", "completed", "failed", "rejected"],
  requester: ["canceled"],
  hub: ["failed", "canceled"],
};

/** Whether nothing moves it any more. */
export function isEnded(state: TaskState): boolean {
  return NEXT[state].length === 0;
}

/** The states into which one of these movers can bring a task that is in `state`; none for one that has ended. */
export function statesAfter(state: TaskState, movers: readonly Mover[]): TaskState[] {
  return NEXT[state].filter((next) => movers.some((mover) => STATES_OF[mover].includes(next)));
}
