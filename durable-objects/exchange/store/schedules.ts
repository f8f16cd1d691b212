/** Schedules, their last firings, and the tasks that these opened (SC1). Times in epoch ms. */
import { SCHEDULE_SENT_KEPT, SCHEDULE_UNSENT_KEPT } from "../../../shared/limits.ts";
import {
  type FiringRow,
  type ScheduleCourse,
  type ScheduleMaker,
  type ScheduleRow,
  type ScheduleTerms,
  type StoredFiring,
  type StoredSchedule,
  toFiring,
  toSchedule,
} from "./schedule-rows.ts";
import { FIRST_ENDED } from "./task-rows.ts";

/** A schedule that begins. */
export interface NewSchedule {
  scheduleId: string;
  firingKey: string;
  maker: ScheduleMaker;
  createdAt: number;
  terms: ScheduleTerms;
  course: ScheduleCourse;
}

/** Those that one of these makers (numbers of instances) made, and those that send to one of these addresses. */
export interface ScheduleChoice {
  makers: readonly number[];
  targets: readonly string[];
}

/** What the columns of terms hold, in the order of `TERM_COLUMNS`. */
const TERM_COLUMNS = [
  "name",
  "expression",
  "time_zone",
  "target",
  "type",
  "content",
  "is_persistent",
  "metadata",
  "missed",
  "overlap",
  "max_fire_count",
  "expires_at",
  "anchor_at",
] as const;

/** All but the content, which may be long. */
const SHORT_COLUMNS = `number, schedule_id, firing_key, maker, maker_key, maker_name, created_at, state, next_fire_at, fire_count,
  last_fired_at, ${TERM_COLUMNS.filter((column) => column !== "content").join(", ")}`;

/** It will not fire any more unless somebody changes it. */
const ENDED = "next_fire_at IS NULL AND state <> 'paused'";
/** No earlier than that. */
const ENDED_AT = "max(created_at, ifnull(last_fired_at, 0), ifnull(expires_at, 0))";

export class Schedules {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(scheduleId: string): StoredSchedule | undefined {
    return this.#list("WHERE schedule_id = ?", scheduleId)[0];
  }

  /** The newest first, behind a number, with so much of their contents; null takes all. */
  page(choice: ScheduleChoice | null, before: number, limit: number, contentMax: number): StoredSchedule[] {
    const rows = this.#sql.exec<ScheduleRow>(
      `SELECT ${SHORT_COLUMNS}, substr(content, 1, ?1) AS content FROM schedules
       WHERE number < ?2 AND (?3 IS NULL OR maker IN (SELECT value FROM json_each(?3))
         OR target IN (SELECT value FROM json_each(?4))) ORDER BY number DESC LIMIT ?5`,
      contentMax,
      before,
      choice && JSON.stringify(choice.makers),
      JSON.stringify(choice?.targets ?? []),
      limit,
    );
    return [...rows].map(toSchedule);
  }

  /** Whose time has come, the longest due first. */
  due(now: number, limit: number): StoredSchedule[] {
    return this.#list("WHERE next_fire_at <= ? ORDER BY next_fire_at, number LIMIT ?", now, limit);
  }

  nextFire(): number | null {
    // As a minimum it would look at every row.
    const rows = this.#sql.exec<{ at: number }>(
      "SELECT next_fire_at AS at FROM schedules WHERE next_fire_at IS NOT NULL ORDER BY next_fire_at LIMIT 1",
    );
    return rows.toArray()[0]?.at ?? null;
  }

  /** How many there are, by number of the instance or by key of those who made them. */
  countByMaker(): { maker: number | null; key: string | null; count: number }[] {
    return this.#sql
      .exec<{ maker: number | null; key: string | null; count: number }>(
        "SELECT maker, maker_key AS key, count(*) AS count FROM schedules GROUP BY maker, maker_key",
      )
      .toArray();
  }

  /** The one that ended longest ago: of these makers, by number or key, or (null) of all. */
  oldestEnded(of: { makers: readonly number[]; key: string | null } | null): StoredSchedule | undefined {
    const whose = of === null ? "" : "AND (maker IN (SELECT value FROM json_each(?1)) OR maker_key = ?2)";
    const bindings = of === null ? [] : [JSON.stringify(of.makers), of.key ?? ""];
    return this.#list(`WHERE ${ENDED} ${whose} ORDER BY ${ENDED_AT}, number LIMIT 1`, ...bindings)[0];
  }

  /** Those that ended before a time. */
  endedBefore(before: number, limit: number): StoredSchedule[] {
    return this.#list(`WHERE ${ENDED} AND ${ENDED_AT} < ? LIMIT ?`, before, limit);
  }

  add({ scheduleId, firingKey, maker, createdAt, terms, course }: NewSchedule): void {
    const [number, key, name] =
      maker.kind === "instance" ? [maker.number, null, null] : [null, maker.keyId, maker.name];
    this.#sql.exec(
      `INSERT INTO schedules (schedule_id, firing_key, maker, maker_key, maker_name, created_at, state, next_fire_at,
         ${TERM_COLUMNS.join(", ")})
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${TERM_COLUMNS.map(() => "?").join(", ")})`,
      scheduleId,
      firingKey,
      number,
      key,
      name,
      createdAt,
      course.state,
      course.nextFireAt,
      ...valuesOf(terms),
    );
  }

  setTerms({ number }: StoredSchedule, terms: ScheduleTerms): void {
    const assignments = TERM_COLUMNS.map((column) => `${column} = ?`).join(", ");
    this.#sql.exec(`UPDATE schedules SET ${assignments} WHERE number = ?`, ...valuesOf(terms), number);
  }

  setCourse({ number }: StoredSchedule, { state, nextFireAt }: ScheduleCourse): void {
    this.#sql.exec("UPDATE schedules SET state = ?, next_fire_at = ? WHERE number = ?", state, nextFireAt, number);
  }

  /** Something was sent; `isCounted`: by one of its times. */
  noteSent({ number }: StoredSchedule, at: number, isCounted: boolean): void {
    this.#sql.exec(
      "UPDATE schedules SET fire_count = fire_count + ?, last_fired_at = ? WHERE number = ?",
      isCounted ? 1 : 0,
      at,
      number,
    );
  }

  delete({ number }: StoredSchedule): void {
    for (const table of ["schedule_firings", "schedule_tasks"]) {
      this.#sql.exec(`DELETE FROM ${table} WHERE schedule = ?`, number);
    }
    this.#sql.exec("DELETE FROM schedules WHERE number = ?", number);
  }

  // ---- firings

  /** Notes what became of a time, and forgets the oldest: many that were sent leave those that were not, and the other way round. */
  addFiring({ number }: StoredSchedule, firing: StoredFiring): void {
    const { dueAt, firedAt, outcome, messageIds, recipients, code, note } = firing;
    this.#sql.exec(
      `INSERT INTO schedule_firings (schedule, due_at, fired_at, outcome, message_ids, recipients, code, note)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      number,
      dueAt,
      firedAt,
      outcome,
      messageIds.length === 0 ? null : JSON.stringify(messageIds),
      recipients,
      code,
      note,
    );
    this.#sql.exec(
      `DELETE FROM schedule_firings WHERE schedule = ?1 AND number NOT IN (
         SELECT number FROM (
           SELECT number, outcome, row_number() OVER (PARTITION BY outcome = 'sent' ORDER BY number DESC) AS place
           FROM schedule_firings WHERE schedule = ?1
         ) WHERE place <= iif(outcome = 'sent', ?2, ?3))`,
      number,
      SCHEDULE_SENT_KEPT,
      SCHEDULE_UNSENT_KEPT,
    );
  }

  /** The newest first. */
  firingsOf({ number }: StoredSchedule): StoredFiring[] {
    const rows = this.#sql.exec<FiringRow>(
      "SELECT * FROM schedule_firings WHERE schedule = ? ORDER BY number DESC",
      number,
    );
    return [...rows].map(toFiring);
  }

  /** The last firing of each of these, by number. */
  lastFirings(schedules: readonly StoredSchedule[]): Map<number, StoredFiring> {
    const rows = this.#sql.exec<FiringRow & { last: number }>(
      `SELECT *, max(number) AS last FROM schedule_firings WHERE schedule IN (SELECT value FROM json_each(?)) GROUP BY schedule`,
      JSON.stringify(schedules.map(({ number }) => number)),
    );
    return new Map([...rows].map((row) => [row.schedule, toFiring(row)]));
  }

  // ---- what they opened

  /** Notes tasks, and forgets those of before that have ended. Write the ledger first. */
  addTasks({ number }: StoredSchedule, taskIds: readonly string[]): void {
    this.#sql.exec(
      `DELETE FROM schedule_tasks WHERE schedule = ? AND NOT EXISTS
         (SELECT 1 FROM tasks WHERE tasks.task_id = schedule_tasks.task_id AND state < ?)`,
      number,
      FIRST_ENDED,
    );
    this.#sql.exec(
      "INSERT OR IGNORE INTO schedule_tasks SELECT ?, value FROM json_each(?)",
      number,
      JSON.stringify(taskIds),
    );
  }

  /** One of the tasks that it opened and that are open still; undefined for none. Write the ledger first. */
  openTaskOf({ number }: StoredSchedule): string | undefined {
    const rows = this.#sql.exec<{ id: string }>(
      "SELECT task_id AS id FROM schedule_tasks JOIN tasks USING (task_id) WHERE schedule = ? AND state < ? LIMIT 1",
      number,
      FIRST_ENDED,
    );
    return rows.toArray()[0]?.id;
  }

  #list(where: string, ...bindings: (string | number)[]): StoredSchedule[] {
    return [...this.#sql.exec<ScheduleRow>(`SELECT * FROM schedules ${where}`, ...bindings)].map(toSchedule);
  }
}

function valuesOf(terms: ScheduleTerms): (string | number | null)[] {
  const { metadata } = terms;
  return [
    terms.name,
    terms.expression,
    terms.timeZone,
    terms.target,
    terms.messageType,
    terms.content,
    terms.isPersistent ? 1 : 0,
    metadata === null ? null : JSON.stringify(metadata),
    terms.missed,
    terms.overlap,
    terms.maxFireCount,
    terms.expiresAt,
    terms.anchorAt,
  ];
}
