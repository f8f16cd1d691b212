/** Schedules come, change and go (SC3), by frames and by REST alike. */
import { uuidv7 } from "uuidv7";
import { type Failure, failure, type Result, success } from "../../../shared/errors.ts";
import type { Schedule, ScheduleChanges, ScheduleFiring, ScheduleRequest } from "../../../shared/schedules.ts";
import { isoTime } from "../../iso-time.ts";
import { readTimes, type ScheduleTimes } from "../../schedule-times.ts";
import { storeFullness } from "../accept.ts";
import { DISK_FULL } from "../room.ts";
import type { ScheduleCourse, ScheduleTerms, StoredSchedule } from "../store/schedule-rows.ts";
import type { Turn } from "../turn.ts";
import { fire } from "./fire.ts";
import { showFiring, showSchedule, tellFired, tellSchedule } from "./look.ts";
import { type Asker, changeRefusal, makerOf, roomFor } from "./rights.ts";
import { activeCourse, changedTerms, courseOf, metadataRefusal, targetRefusal, termsOf } from "./terms.ts";

/** Makes a schedule that will fire at least once. */
export function createSchedule(turn: Turn, request: ScheduleRequest, asker: Asker): Result<Schedule> {
  const repeat = repeatOf(turn, request, asker);
  if (repeat !== undefined) return repeat;
  const terms = termsOf(request, turn.now);
  const refusal = roomRefusal(turn) ?? targetRefusal(turn, terms) ?? metadataRefusal(terms);
  if (refusal !== null) return refusal;
  const times = readTimes(terms.expression, terms.timeZone, terms.anchorAt);
  if (!times.ok) return times;
  const course = activeCourse(terms, 0, times.value.next(turn.now));
  if (!course.ok) return course;
  const crowd = makeWay(turn, asker);
  if (crowd !== null) return crowd;
  const scheduleId = request.scheduleId ?? uuidv7();
  const maker = makerOf(asker);
  const firingKey = crypto.randomUUID();
  turn.store.schedules.add({ scheduleId, firingKey, maker, createdAt: turn.now, terms, course: course.value });
  return success(changed(turn, scheduleId, "schedule:created"));
}

/** Where there are as many as may be, one that has ended gives way. Returns why there is no room; null where there is. */
function makeWay(turn: Turn, asker: Asker): Failure | null {
  const { refusal, own } = roomFor(turn.store, asker);
  if (refusal === null) return null;
  const { schedules } = turn.store;
  const ended = schedules.oldestEnded(own) ?? (own.isFull ? undefined : schedules.oldestEnded(null));
  if (ended === undefined) return refusal;
  remove(turn, ended);
  return null;
}

/** Forgets schedules that ended before a time; so many at once. */
export function forgetEnded(turn: Turn, before: number): void {
  for (const schedule of turn.store.schedules.endedBefore(before, FORGET_PIECE)) remove(turn, schedule);
}

const FORGET_PIECE = 50;

function remove(turn: Turn, schedule: StoredSchedule): void {
  const { scheduleId, name } = schedule;
  turn.store.schedules.delete(schedule);
  turn.tell({ event: "schedule:deleted", timestamp: isoTime(turn.now), scheduleId, name });
}

/** A client whose connection broke asks again, by the same id. Undefined for what is new. */
function repeatOf({ store }: Turn, request: ScheduleRequest, asker: Asker): Result<Schedule> | undefined {
  const known = request.scheduleId === undefined ? undefined : store.schedules.find(request.scheduleId);
  if (known === undefined) return undefined;
  const isSame =
    changeRefusal(store, known, asker) === null &&
    known.name === request.name &&
    known.expression === request.expression &&
    known.target === request.target &&
    known.content === request.content;
  if (isSame) return success(showSchedule(store, known));
  return failure(
    "conflict",
    `The scheduleId ${known.scheduleId} is already used for another schedule; take a new one.`,
  );
}

export function updateSchedule(
  turn: Turn,
  scheduleId: string,
  changes: ScheduleChanges,
  asker: Asker,
): Result<Schedule> {
  const found = own(turn, scheduleId, asker);
  if (!found.ok) return found;
  const schedule = found.value;
  const terms = changedTerms(schedule, changes, turn.now);
  const isElsewhere = terms.target !== schedule.target || terms.messageType !== schedule.messageType;
  const refusal = roomRefusal(turn) ?? (isElsewhere ? targetRefusal(turn, terms) : null) ?? metadataRefusal(terms);
  if (refusal !== null) return refusal;
  const times = readTimes(terms.expression, terms.timeZone, terms.anchorAt);
  if (!times.ok) return times;
  const course = changedCourse(turn, schedule, { terms, changes, times: times.value });
  if (!course.ok) return course;
  turn.store.schedules.setTerms(schedule, terms);
  turn.store.schedules.setCourse(schedule, course.value);
  return success(changed(turn, scheduleId, "schedule:updated"));
}

export function deleteSchedule(turn: Turn, scheduleId: string, asker: Asker): Result<{ scheduleId: string }> {
  const found = own(turn, scheduleId, asker);
  if (!found.ok) return found;
  remove(turn, found.value);
  return success({ scheduleId });
}

/** Sends it now, besides its times. What refuses it is the answer, and noted as of any firing. */
export function runSchedule(turn: Turn, scheduleId: string, asker: Asker): Result<ScheduleFiring> {
  const found = own(turn, scheduleId, asker);
  if (!found.ok) return found;
  if (!turn.hasRoom) return DISK_FULL;
  const { firing, refusal } = fire(turn, found.value, null);
  tellFired(turn, found.value, firing);
  return refusal ?? success(showFiring(firing));
}

/** Where changes leave a schedule. What is due already stays so, unless its times are others. */
function changedCourse(
  turn: Turn,
  { course, fireCount, expression, timeZone }: StoredSchedule,
  { terms, changes, times }: { terms: ScheduleTerms; changes: ScheduleChanges; times: ScheduleTimes },
): Result<ScheduleCourse> {
  const areTimesNew = terms.expression !== expression || terms.timeZone !== timeZone;
  const isPaused = !(changes.enabled ?? course.state !== "paused");
  const next = course.state === "active" && !areTimesNew ? course.nextFireAt : times.next(turn.now);
  if (areTimesNew && next === null) return activeCourse(terms, 0, next);
  if (isPaused) return success({ state: "paused", nextFireAt: null });
  // What somebody asks to fire must be able to; a limit may end it.
  return changes.enabled === true || areTimesNew
    ? activeCourse(terms, fireCount, next)
    : success(courseOf(terms, fireCount, next));
}

function roomRefusal(turn: Turn): Failure | null {
  return turn.hasRoom ? storeFullness(turn) : DISK_FULL;
}

/** A schedule that the asker may change. */
function own(turn: Turn, scheduleId: string, asker: Asker): Result<StoredSchedule> {
  const schedule = turn.store.schedules.find(scheduleId);
  if (schedule === undefined) return noSchedule(scheduleId);
  return changeRefusal(turn.store, schedule, asker) ?? success(schedule);
}

export function noSchedule(scheduleId: string): Failure {
  return failure("not_found", `There is no schedule ${scheduleId} (any more); list_schedules has those there are.`);
}

function changed(turn: Turn, scheduleId: string, event: "schedule:created" | "schedule:updated"): Schedule {
  const schedule = turn.store.schedules.find(scheduleId);
  if (schedule === undefined) throw new Error("a schedule that was written just now is not there");
  tellSchedule(turn, schedule, event);
  turn.noteScheduleFire(schedule.course.nextFireAt);
  return showSchedule(turn.store, schedule);
}
