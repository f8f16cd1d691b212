/** A task of the ledger, and how its row reads. Times in epoch ms, instances by their numbers. */
import { isEnded, TASK_STATES, type TaskState } from "../../../shared/task-state.ts";

export interface StoredTask {
  /** The order in which tasks opened. */
  readonly number: number;
  readonly taskId: string;
  readonly requester: number;
  readonly firstOwner: number | null;
  /** Null while it waits for any of its role. */
  readonly owner: number | null;
  /** T3: it is for any who has this role; null for one to an instance. */
  readonly role: string | null;
  readonly state: TaskState;
  readonly progress: number | null;
  readonly note: string | null;
  readonly title: string;
  readonly openedAt: number;
  readonly changedAt: number;
  /** When its owner got it. */
  readonly givenAt: number;
  /** T3: how long its owner may take to accept it, or be away. */
  readonly acceptMs: number;
  /** Until when it may wait for its recipient, as its message. */
  readonly expiresAt: number;
  /** T4. */
  readonly dueAt: number | null;
  readonly isDueTold: boolean;
  /** It waits for another who has its role: for anyone, or since its owner does nothing. */
  readonly isStuck: boolean;
}

/** What changes in a task. */
export type TaskChanges = Partial<
  Pick<StoredTask, "owner" | "state" | "progress" | "note" | "changedAt" | "givenAt" | "isDueTold" | "isStuck">
> & { checkAt: number | null };

/** A step of a task's course; `by` is null for the hub. */
export interface StoredStep {
  at: number;
  state: TaskState;
  owner: number | null;
  by: number | null;
  progress: number | null;
  note: string | null;
  messageId: string | null;
}

/** States are stored as numbers: the open ones are less than the ended ones. */
export function stateNumber(state: TaskState): number {
  return TASK_STATES.indexOf(state);
}

/** The first state that is an end. */
export const FIRST_ENDED = TASK_STATES.findIndex(isEnded);

/** Columns of a task, but for its body, which is long. */
export const TASK_COLUMNS = `number, task_id, requester, first_owner, owner, role, state, progress, note, title, opened_at,
  changed_at, given_at, accept_ms, expires_at, due_at, is_due_told, is_stuck`;

export type TaskRow = {
  number: number;
  task_id: string;
  requester: number;
  first_owner: number | null;
  owner: number | null;
  role: string | null;
  state: number;
  progress: number | null;
  note: string | null;
  title: string;
  opened_at: number;
  changed_at: number;
  given_at: number;
  accept_ms: number;
  expires_at: number;
  due_at: number | null;
  is_due_told: number;
  is_stuck: number;
};

export function toTask(row: TaskRow): StoredTask {
  return {
    number: row.number,
    taskId: row.task_id,
    requester: row.requester,
    firstOwner: row.first_owner,
    owner: row.owner,
    role: row.role,
    state: TASK_STATES[row.state] as TaskState,
    progress: row.progress,
    note: row.note,
    title: row.title,
    openedAt: row.opened_at,
    changedAt: row.changed_at,
    givenAt: row.given_at,
    acceptMs: row.accept_ms,
    expiresAt: row.expires_at,
    dueAt: row.due_at,
    isDueTold: row.is_due_told === 1,
    isStuck: row.is_stuck === 1,
  };
}

export type StepRow = {
  at: number;
  state: number;
  owner: number | null;
  moved_by: number | null;
  progress: number | null;
  note: string | null;
  message_id: string | null;
};

export function toStep(row: StepRow): StoredStep {
  return {
    at: row.at,
    state: TASK_STATES[row.state] as TaskState,
    owner: row.owner,
    by: row.moved_by,
    progress: row.progress,
    note: row.note,
    messageId: row.message_id,
  };
}
