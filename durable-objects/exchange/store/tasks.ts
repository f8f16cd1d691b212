/** The ledger of tasks (T5): what is asked of whom, and how far it is. Times in epoch ms. */
import { type ChangedWithin, type ChangePlace, conditionsOf, type TaskFilter } from "./task-filter.ts";
import {
  FIRST_ENDED,
  type StepRow,
  type StoredStep,
  type StoredTask,
  stateNumber,
  TASK_COLUMNS,
  type TaskChanges,
  type TaskRow,
  toStep,
  toTask,
} from "./task-rows.ts";

/** A task as it opens. */
export interface NewTask {
  taskId: string;
  requester: number;
  owner: number | null;
  role: string | null;
  title: string;
  /** The message for the next who has the role; null for a task to an instance. */
  body: string | null;
  acceptMs: number;
  expiresAt: number;
  dueAt: number | null;
  checkAt: number | null;
}

const COLUMN_OF = {
  owner: "owner",
  progress: "progress",
  note: "note",
  changedAt: "changed_at",
  givenAt: "given_at",
  checkAt: "check_at",
} as const;

/** More of an instance's open tasks are not counted when it comes. */
const OPEN_COUNT_MAX = 1_000;

/** As a limit of SQLite. */
const ALL = -1;

export class Tasks {
  readonly #db: SqlStorage;
  /** Tasks that opened in this turn: a statement costs more than a row. Who reads writes them first. */
  #fresh: unknown[][] = [];

  constructor(sql: SqlStorage) {
    this.#db = sql;
  }

  get #sql(): SqlStorage {
    this.flush();
    return this.#db;
  }

  /** Opens a task. The same id opens another one where the hub has forgotten the message that had it (M3). */
  open(task: NewTask, now: number): void {
    const { taskId, requester, owner, role, title, body, acceptMs, expiresAt, dueAt, checkAt } = task;
    const isStuck = owner === null ? 1 : 0;
    this.#fresh.push([taskId, requester, owner, role, title, body, now, acceptMs, expiresAt, dueAt, checkAt, isStuck]);
  }

  /** Writes what opened in this turn, before its transaction ends. */
  flush(): void {
    if (this.#fresh.length === 0) return;
    const fresh = JSON.stringify(this.#fresh);
    this.#fresh = [];
    this.#db.exec(
      `INSERT INTO tasks (task_id, requester, first_owner, owner, role, state, title, body, opened_at, changed_at, given_at,
         accept_ms, expires_at, due_at, check_at, is_stuck)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 2, value ->> 3, 0, value ->> 4, value ->> 5, value ->> 6,
         value ->> 6, value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11
       FROM jsonb_each(?) WHERE true
       ON CONFLICT (task_id) DO UPDATE SET requester = excluded.requester, first_owner = excluded.first_owner,
         owner = excluded.owner, role = excluded.role, state = 0, progress = NULL, note = NULL, title = excluded.title,
         body = excluded.body, opened_at = excluded.opened_at, changed_at = excluded.changed_at, given_at = excluded.given_at,
         accept_ms = excluded.accept_ms, expires_at = excluded.expires_at, due_at = excluded.due_at, is_due_told = 0,
         check_at = excluded.check_at, is_stuck = excluded.is_stuck`,
      fresh,
    );
  }

  /** The transaction failed that these were a part of. */
  discard(): void {
    this.#fresh = [];
  }

  find(taskId: string): StoredTask | undefined {
    return this.#list("WHERE task_id = ?", taskId)[0];
  }

  has(taskId: string): boolean {
    return this.#sql.exec("SELECT 1 FROM tasks WHERE task_id = ?", taskId).next().done !== true;
  }

  /** The message of an open task for any of a role. */
  bodyOf({ number }: StoredTask): string | null {
    return this.#sql.exec<{ body: string | null }>("SELECT body FROM tasks WHERE number = ?", number).one().body;
  }

  /** The steps since it opened, the oldest first; with a limit the last of them. */
  stepsOf({ number }: StoredTask, limit = ALL): StoredStep[] {
    const rows = this.#sql.exec<StepRow>(
      "SELECT * FROM task_steps WHERE task = ? ORDER BY rowid DESC LIMIT ?",
      number,
      limit,
    );
    return [...rows].reverse().map(toStep);
  }

  /** The numbers of all who had it so far; a course can be long, and its owners are few. */
  ownersOf({ number, firstOwner }: StoredTask): (number | null)[] {
    const rows = this.#sql.exec<{ owner: number | null }>(
      "SELECT DISTINCT owner FROM task_steps WHERE task = ?",
      number,
    );
    return [firstOwner, ...[...rows].map(({ owner }) => owner)];
  }

  change({ number }: StoredTask, { state, isDueTold, isStuck, ...changes }: TaskChanges): void {
    const sets: [column: string, value: string | number | null][] = [];
    for (const [name, value] of Object.entries(changes)) sets.push([COLUMN_OF[name as keyof typeof COLUMN_OF], value]);
    if (state !== undefined) sets.push(["state", stateNumber(state)]);
    if (isDueTold !== undefined) sets.push(["is_due_told", Number(isDueTold)]);
    if (isStuck !== undefined) sets.push(["is_stuck", Number(isStuck)]);
    // Nobody else gets a task that has ended.
    if (state !== undefined && stateNumber(state) >= FIRST_ENDED) sets.push(["body", null]);
    const assignments = sets.map(([column]) => `${column} = ?`).join(", ");
    this.#sql.exec(`UPDATE tasks SET ${assignments} WHERE number = ?`, ...sets.map(([, value]) => value), number);
  }

  addStep({ number }: StoredTask, { at, state, owner, by, progress, note, messageId }: StoredStep): void {
    this.#sql.exec(
      "INSERT INTO task_steps VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      number,
      at,
      stateNumber(state),
      owner,
      by,
      progress,
      note,
      messageId,
    );
  }

  /** Of these messages, the tasks that they opened and that nobody has taken up. */
  listUntouched(messageIds: readonly string[]): StoredTask[] {
    return this.#list("WHERE task_id IN (SELECT value FROM json_each(?)) AND state = 0", JSON.stringify(messageIds));
  }

  /** The same of messages by their positions, without those for any of a role. */
  listUntouchedAt(positions: readonly number[]): StoredTask[] {
    return this.#list(
      `WHERE task_id IN (SELECT message_id FROM messages WHERE position IN (SELECT value FROM json_each(?)))
         AND state = 0 AND role IS NULL`,
      JSON.stringify(positions),
    );
  }

  /** The open tasks of one owner, the oldest first. */
  listOpenOf(owner: number): StoredTask[] {
    return this.#list("WHERE owner = ? AND state < ? ORDER BY number", owner, FIRST_ENDED);
  }

  /** How many open tasks an owner has. */
  countOpen(owner: number, max = OPEN_COUNT_MAX): number {
    return this.#sql
      .exec<{ n: number }>(
        "SELECT count(*) AS n FROM (SELECT 1 FROM tasks WHERE owner = ? AND state < ? LIMIT ?)",
        owner,
        FIRST_ENDED,
        max,
      )
      .one().n;
  }

  /** When an owner last got a task for any of a role, or took a step in one; 0 for never. */
  lastStepOf(owner: number): number {
    return (
      this.#sql
        .exec<{ at: number | null }>(
          "SELECT max(changed_at) AS at FROM tasks WHERE owner = ? AND role IS NOT NULL",
          owner,
        )
        .one().at ?? 0
    );
  }

  /** Those that wait for another who has this role, the oldest first. */
  listStuck(role: string, limit: number): StoredTask[] {
    return this.#list("WHERE role = ? AND is_stuck = 1 ORDER BY number LIMIT ?", role, limit);
  }

  /** Has those of them behind a number looked at by time. */
  checkStuck(role: string, after: number, at: number): void {
    this.#sql.exec("UPDATE tasks SET check_at = ? WHERE role = ? AND is_stuck = 1 AND number > ?", at, role, after);
  }

  /** Those that time may have changed. */
  listDue(now: number, limit: number): StoredTask[] {
    return this.#list("WHERE check_at <= ? ORDER BY check_at LIMIT ?", now, limit);
  }

  /** When the next of these comes; null for never. */
  nextCheck(): number | null {
    return this.#sql
      .exec<{ at: number | null }>("SELECT min(check_at) AS at FROM tasks WHERE check_at IS NOT NULL")
      .one().at;
  }

  /** T3: an owner is away since `at`: what it has for any of a role is looked at in time. Returns when first, or null. */
  noteAway(owner: number, at: number): number | null {
    const rows = this.#sql.exec<{ at: number }>(
      `UPDATE tasks SET check_at = min(coalesce(check_at, ?1 + accept_ms), ?1 + accept_ms)
       WHERE owner = ?2 AND state < ?3 AND role IS NOT NULL RETURNING check_at AS at`,
      at,
      owner,
      FIRST_ENDED,
    );
    return [...rows].reduce<number | null>((first, row) => Math.min(first ?? row.at, row.at), null);
  }

  /** T2: what one owner has open is another's from here on. */
  moveOpen(from: number, to: number): void {
    this.#sql.exec("UPDATE tasks SET owner = ? WHERE owner = ? AND state < ?", to, from, FIRST_ENDED);
  }

  /** A page, the newest first, of those before a number. */
  page(filter: TaskFilter, before: number, limit: number): StoredTask[] {
    const { where, bindings } = conditionsOf(filter);
    return this.#list(`WHERE number < ? AND ${where} ORDER BY number DESC LIMIT ?`, before, ...bindings, limit);
  }

  /** The same by last change, the last first, of those that changed within a time. */
  pageByChange(
    filter: TaskFilter,
    { from, to }: ChangedWithin,
    behind: ChangePlace | null,
    limit: number,
  ): StoredTask[] {
    const { where, bindings } = conditionsOf(filter);
    const { changedAt, number } = behind ?? { changedAt: to, number: 0 };
    return this.#list(
      `WHERE changed_at >= ? AND (changed_at, number) < (?, ?) AND ${where} ORDER BY changed_at DESC, number DESC LIMIT ?`,
      from,
      changedAt,
      number,
      ...bindings,
      limit,
    );
  }

  /** Those that nothing has changed since a time, the oldest first. */
  listIdle(before: number, limit: number): StoredTask[] {
    return this.#list("WHERE changed_at < ? ORDER BY changed_at LIMIT ?", before, limit);
  }

  /** Ended ones that nothing has changed since a time, the oldest first. */
  listEnded(before: number, limit: number): StoredTask[] {
    return this.#list("WHERE changed_at < ? AND state >= ? ORDER BY changed_at LIMIT ?", before, FIRST_ENDED, limit);
  }

  /** A message was deleted: what it said goes out of the ledger, too. */
  forgetText(messageId: string): void {
    this.#sql.exec("UPDATE tasks SET title = '' WHERE task_id = ?", messageId);
    this.#sql.exec(
      `UPDATE tasks SET note = NULL WHERE number IN (SELECT task FROM task_steps WHERE message_id = ?1 AND note IS NOT NULL)
         AND note = (SELECT note FROM task_steps WHERE message_id = ?1 AND note IS NOT NULL)`,
      messageId,
    );
    this.#sql.exec("UPDATE task_steps SET note = NULL WHERE message_id = ? AND note IS NOT NULL", messageId);
  }

  delete(tasks: readonly StoredTask[]): void {
    const numbers = JSON.stringify(tasks.map(({ number }) => number));
    this.#sql.exec("DELETE FROM task_steps WHERE task IN (SELECT value FROM json_each(?))", numbers);
    this.#sql.exec("DELETE FROM tasks WHERE number IN (SELECT value FROM json_each(?))", numbers);
  }

  #list(where: string, ...bindings: (string | number)[]): StoredTask[] {
    return [...this.#sql.exec<TaskRow>(`SELECT ${TASK_COLUMNS} FROM tasks ${where}`, ...bindings)].map(toTask);
  }
}
