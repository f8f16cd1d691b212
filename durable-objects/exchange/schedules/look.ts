/** Schedules as they are told: by the ids that everyone has by now, with what became of their last times. */
import { type Result, success } from "../../../shared/errors.ts";
import { SCHEDULE_CONTENT_LISTED } from "../../../shared/limits.ts";
import type { Schedule, ScheduleDetail, ScheduleFiring, SchedulePage } from "../../../shared/schedules.ts";
import { isoTime } from "../../iso-time.ts";
import type { OpOf } from "../../link.ts";
import { findPartial } from "../../route-message.ts";
import type { SchedulesRequest } from "../../rpc-types.ts";
import { routesOf } from "../routes.ts";
import type { Instance } from "../store/instances.ts";
import type { StoredFiring, StoredSchedule } from "../store/schedule-rows.ts";
import type { ScheduleChoice } from "../store/schedules.ts";
import type { Store } from "../store/store.ts";
import type { Turn } from "../turn.ts";
import { makerName } from "./rights.ts";

export function showSchedule(store: Store, schedule: StoredSchedule, last?: StoredFiring): Schedule {
  const { scheduleId, name, expression, timeZone, target, messageType, content, missed, overlap, course } = schedule;
  const { metadata, maxFireCount, expiresAt, createdAt, lastFiredAt, fireCount } = schedule;
  return {
    scheduleId,
    name,
    expression,
    timeZone,
    target,
    messageType,
    content,
    persistent: schedule.isPersistent,
    ...(metadata === null ? {} : { metadata }),
    missed,
    overlap,
    ...(maxFireCount === null ? {} : { maxFireCount }),
    ...(expiresAt === null ? {} : { expiresAt: isoTime(expiresAt) }),
    createdBy: makerName(store, schedule),
    createdAt: isoTime(createdAt),
    nextFireAt: course.nextFireAt === null ? null : isoTime(course.nextFireAt),
    ...(lastFiredAt === null ? {} : { lastFiredAt: isoTime(lastFiredAt) }),
    fireCount,
    enabled: course.state === "active",
    state: course.state,
    ...(last === undefined ? {} : { lastFiring: showFiring(last) }),
  };
}

export function showFiring({
  dueAt,
  firedAt,
  outcome,
  messageIds,
  recipients,
  code,
  note,
}: StoredFiring): ScheduleFiring {
  return {
    ...(dueAt === null ? {} : { dueAt: isoTime(dueAt) }),
    firedAt: isoTime(firedAt),
    outcome,
    ...(messageIds.length === 0 ? {} : { messageIds: [...messageIds] }),
    ...(outcome === "sent" ? { recipients } : {}),
    ...(code === null ? {} : { code }),
    ...(note === null ? {} : { note }),
  };
}

/** One schedule with its last firings; null for one that there is not. */
export function scheduleDetail(store: Store, scheduleId: string): ScheduleDetail | null {
  const schedule = store.schedules.find(scheduleId);
  if (schedule === undefined) return null;
  const firings = store.schedules.firingsOf(schedule);
  return { ...showSchedule(store, schedule, firings[0]), firings: firings.map(showFiring) };
}

/** What an instance made, under any of the ids that it had. */
function madeBy({ instances }: Store, maker: Instance): ScheduleChoice {
  return { makers: instances.withPredecessors(maker).map(({ number }) => number), targets: [] };
}

/** What an instance made, and what reaches it or one of its role; nothing for one that there is not. */
function about(turn: Pick<Turn, "store" | "links">, instanceId: string): ScheduleChoice {
  const { instances } = turn.store;
  const instance = instances.holderOf(instanceId);
  if (instance === undefined) return { makers: [], targets: [] };
  const { id, partial, role } = instance;
  const found = findPartial(partial, null, routesOf(turn));
  const targets = [
    ...instances.withPredecessors(instance).map((other) => other.id),
    ...(found.ok && found.value.id === id ? [partial] : []),
    ...(role === null ? [] : [`role:${role}`, `any:${role}`]),
  ];
  return { ...madeBy(turn.store, instance), targets };
}

/** Does `GET /api/schedules`: all, or those that concern one instance. */
export function schedulesByRest(
  turn: Pick<Turn, "store" | "links">,
  { instance, limit, cursor }: SchedulesRequest,
): SchedulePage {
  return schedulePage(turn.store, instance === null ? null : about(turn, instance), limit, cursor);
}

/** A page of schedules, the newest first. Of long contents it has the beginning. */
function schedulePage(store: Store, choice: ScheduleChoice | null, limit: number, cursor: string | null): SchedulePage {
  const found = store.schedules.page(
    choice,
    Number(cursor ?? Number.MAX_SAFE_INTEGER),
    limit + 1,
    SCHEDULE_CONTENT_LISTED + 1,
  );
  const shown = found.slice(0, limit);
  const last = store.schedules.lastFirings(shown);
  return {
    items: shown.map((schedule) => cut(showSchedule(store, schedule, last.get(schedule.number)))),
    ...(found.length > limit ? { nextCursor: String(shown.at(-1)?.number) } : {}),
  };
}

function cut(schedule: Schedule): Schedule {
  const { content } = schedule;
  if (content.length <= SCHEDULE_CONTENT_LISTED) return schedule;
  return { ...schedule, content: content.slice(0, SCHEDULE_CONTENT_LISTED).toWellFormed(), isContentCut: true };
}

/** Does a `list_schedules`. */
export function listSchedules(
  turn: Turn,
  asker: Instance,
  { mine, limit, cursor }: OpOf<"list_schedules">,
): Result<object> {
  const { items: schedules, nextCursor } = schedulePage(
    turn.store,
    mine ? madeBy(turn.store, asker) : null,
    limit,
    cursor,
  );
  return success({ schedules, ...(nextCursor === undefined ? {} : { nextCursor }) });
}

/** Tells the stream of a schedule, but for what it says. */
export function tellSchedule(
  turn: Turn,
  schedule: StoredSchedule,
  event: "schedule:created" | "schedule:updated",
): void {
  turn.tell({ event, timestamp: isoTime(turn.now), ...eventFacts(turn, schedule) });
}

function eventFacts({ store }: Turn, schedule: StoredSchedule) {
  const { scheduleId, name, course } = schedule;
  const nextFireAt = course.nextFireAt === null ? null : isoTime(course.nextFireAt);
  return { scheduleId, name, createdBy: makerName(store, schedule), nextFireAt, enabled: course.state === "active" };
}

/** Tells the stream what became of a time; `schedule` as it is after that. */
export function tellFired(
  turn: Turn,
  schedule: StoredSchedule,
  { dueAt, outcome, messageIds: [messageId] }: StoredFiring,
): void {
  turn.tell({
    event: "schedule:fired",
    timestamp: isoTime(turn.now),
    ...eventFacts(turn, schedule),
    ...(dueAt === null ? {} : { dueAt: isoTime(dueAt) }),
    outcome,
    ...(messageId === undefined ? {} : { messageId }),
    fireCount: schedule.fireCount,
  });
}
