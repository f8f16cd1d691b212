/** Crashes older than this say nothing about the next start. */
const MEMORY_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** A workerd that cannot come up this often in a row has a reason that waiting does not mend. */
const STARTS_IN_VAIN_MAX = 5;

export interface RestartHistory {
  /** When workerd ended without being told to, in ms of a clock that nobody can set. */
  endedAt: number[];
  /** Starts since the last one that became healthy. */
  startsInVain: number;
  wasEverHealthy: boolean;
}

/** How long to wait before the next start, or "give up". The first crash after a quiet time costs no pause at all. */
export function decideRestart(history: RestartHistory, now: number): number | "give up" {
  // What cannot start even once has a broken configuration or a taken port: its user is waiting for the reason.
  if (!history.wasEverHealthy || history.startsInVain >= STARTS_IN_VAIN_MAX) return "give up";
  const recent = history.endedAt.filter((at) => now - at < MEMORY_MS).length;
  return recent <= 1 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (recent - 2), LONGEST_PAUSE_MS);
}
