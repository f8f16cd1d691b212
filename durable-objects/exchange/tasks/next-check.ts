/** When time may change something in a task. Times in epoch ms. */
import { isEnded, type TaskState } from "../../../shared/task-state.ts";

/** What of a task depends on time. */
export interface Timed {
  state: TaskState;
  owner: number | null;
  role: string | null;
  givenAt: number;
  acceptMs: number;
  expiresAt: number;
  dueAt: number | null;
  isDueTold: boolean;
}

/** T3: when the owner has had its time; null where it has none to keep. `awaySince` null: it is there. */
export function patienceEnds(
  { state, owner, role, givenAt, acceptMs }: Timed,
  awaySince: number | null,
): number | null {
  if (role === null || owner === null || isEnded(state)) return null;
  if (state === "submitted") return givenAt + acceptMs;
  return awaySince === null ? null : Math.max(awaySince, givenAt) + acceptMs;
}

/** T4: whether its due time has passed and nobody was told. */
export function isDue({ state, dueAt, isDueTold }: Timed, now: number): boolean {
  return dueAt !== null && !isDueTold && dueAt <= now && !isEnded(state);
}

/** When to look at it again: at the first of these, at once where that has passed (epoch ms); null for never. */
export function nextCheck(task: Timed & { isStuck: boolean }, awaySince: number | null, now: number): number | null {
  if (isEnded(task.state)) return null;
  const times = [
    task.isDueTold ? null : task.dueAt,
    // Whoever comes next is a reason to look again, not time.
    task.isStuck ? null : patienceEnds(task, awaySince),
    task.role !== null && task.owner === null ? task.expiresAt : null,
  ].filter((at) => at !== null);
  return times.length === 0 ? null : Math.max(now, Math.min(...times));
}
