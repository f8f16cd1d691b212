/** Fires what is due, and decides what becomes of times that came while the hub was down (SC5). */
import { SCHEDULE_CATCH_UP_MAX, SCHEDULE_LATE_MS } from "../../../shared/limits.ts";
import { isoTime } from "../../iso-time.ts";
import { readTimes, type ScheduleTimes } from "../../schedule-times.ts";
import type { ScheduleCourse, StoredFiring, StoredSchedule } from "../store/schedule-rows.ts";
import type { Turn } from "../turn.ts";
import { fire } from "./fire.ts";
import { tellFired } from "./look.ts";
import { courseOf } from "./terms.ts";

/** One transaction sends so much; the rest is due at once again. */
const FIRINGS_PER_TURN = 20;
const RECIPIENTS_PER_TURN = 200;
/** The alarm looks at least this often: a platform's clock does not reach as far as a calendar. */
const ALARM_REACH_MS = 30 * 86_400_000;
/** While the disk is full, nothing is sent. */
const AGAIN_MS = 10_000;

/** Does what is due. */
export function runSchedules(turn: Turn): void {
  if (!turn.hasRoom) return;
  let recipients = 0;
  for (let fired = 0; fired < FIRINGS_PER_TURN && recipients < RECIPIENTS_PER_TURN; fired++) {
    const [schedule] = turn.store.schedules.due(turn.now, 1);
    if (schedule === undefined) return;
    recipients += takeTime(turn, schedule);
  }
}

/** When the alarm is to ring for schedules, epoch ms; null for not at all. */
export function nextScheduleCheck({ store, now, hasRoom }: Turn): number | null {
  return checkAt(store.schedules.nextFire(), now, hasRoom);
}

/** The same for a time that is known. */
export function checkAt(next: number | null, now: number, hasRoom = true): number | null {
  if (next === null) return null;
  return Math.min(hasRoom ? next : Math.max(next, now + AGAIN_MS), now + ALARM_REACH_MS);
}

/** Deals with the first of a schedule's times that is due. Returns how many it was sent to. */
function takeTime(turn: Turn, schedule: StoredSchedule): number {
  const { now } = turn;
  const due = schedule.course.nextFireAt ?? now;
  const times = readTimes(schedule.expression, schedule.timeZone, schedule.anchorAt);
  if (!times.ok) {
    // As where a new version of the runtime does not know a time zone any more.
    note(
      turn,
      schedule,
      { state: "over", nextFireAt: null },
      { ...NOTHING, dueAt: due, firedAt: now, outcome: "refused", code: times.code, note: times.error },
    );
    return 0;
  }
  const first = firstToSend(schedule, times.value, due, now);
  if (first !== due) noteMissed(turn, schedule, times.value, { due, first });
  if (first === null) return 0;
  const { firing } = fire(turn, schedule, first);
  const fireCount = schedule.fireCount + (firing.outcome === "sent" ? 1 : 0);
  const course = courseOf(schedule, fireCount, times.value.next(first));
  turn.store.schedules.setCourse(schedule, course);
  tellFired(turn, { ...schedule, course, fireCount }, firing);
  return firing.recipients;
}

/** The first of the times that is sent still, as `missed` says; null for none of those that have come. */
function firstToSend(
  { missed, expiresAt }: StoredSchedule,
  times: ScheduleTimes,
  due: number,
  now: number,
): number | null {
  if (due >= now - SCHEDULE_LATE_MS) return due;
  if (expiresAt !== null && expiresAt < now - SCHEDULE_LATE_MS) return null;
  const onTime = times.next(now - SCHEDULE_LATE_MS - 1);
  const first = onTime !== null && onTime <= now ? onTime : null;
  switch (missed) {
    case "skip":
      return first;
    case "once":
      return first ?? times.last(1, due, now)[0] ?? null;
    case "all":
      return times.last(SCHEDULE_CATCH_UP_MAX, due, now)[0] ?? null;
  }
}

/** Times are left out, up to `first`, null for all that have come. */
function noteMissed(
  turn: Turn,
  schedule: StoredSchedule,
  times: ScheduleTimes,
  { due, first }: { due: number; first: number | null },
): void {
  const { now } = turn;
  const [last = due] = times.last(1, due, first === null ? now : first - 1);
  const which = last === due ? "This time" : `The times until ${isoTime(last)}`;
  const why = schedule.missed === "all" && first !== null ? `, as only the last ${SCHEDULE_CATCH_UP_MAX} are sent` : "";
  const said = `${which} came while the hub was down or its disk was full, and nothing was sent for it${why}.`;
  const firing: StoredFiring = { ...NOTHING, dueAt: due, firedAt: now, outcome: "missed", code: null, note: said };
  const course = first === null ? courseOf(schedule, schedule.fireCount, times.next(now)) : schedule.course;
  note(turn, schedule, course, firing);
}

const NOTHING = { messageIds: [], recipients: 0 };

/** Notes a time for which nothing was sent. */
function note(turn: Turn, schedule: StoredSchedule, course: ScheduleCourse, firing: StoredFiring): void {
  turn.store.schedules.addFiring(schedule, firing);
  turn.store.schedules.setCourse(schedule, course);
  tellFired(turn, { ...schedule, course }, firing);
}
