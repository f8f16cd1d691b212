/** Whether the session's model is at work, as far as hooks tell. */
export type Turn =
  /** No hook has been heard yet. */
  { is: "unknown" } | { is: "running"; heardAt: number } | { is: "idle"; since: number };

/**
 * How long a running turn may be silent before it is no longer taken for one: a turn that the person interrupts ends
 * without a hook, and a long tool call lets no hook run. Then a wake path may write; the host queues it if it is busy.
 */
export const SILENCE_MS = 20_000;

/** Whether a hook of the present turn can be expected to come soon, so that nothing has to wake the session. */
export function isAtWork(turn: Turn, now: number): boolean {
  return turn.is === "running" && now - turn.heardAt < SILENCE_MS;
}
