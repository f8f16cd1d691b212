/** What a schedule says: whether it can be so, and when it fires next (SC2). */
import { type Failure, failure, type Result, success } from "../../../shared/errors.ts";
import { parseAddress } from "../../../shared/ids.ts";
import { Metadata } from "../../../shared/message.ts";
import type { ScheduleChanges, ScheduleRequest } from "../../../shared/schedules.ts";
import { isoTime } from "../../iso-time.ts";
import { noAddress, routeMessage } from "../../route-message.ts";
import { routesOf } from "../routes.ts";
import type { ScheduleCourse, ScheduleTerms } from "../store/schedule-rows.ts";
import type { Turn } from "../turn.ts";

export function termsOf(request: ScheduleRequest, now: number): ScheduleTerms {
  const { scheduleId: _, persistent, metadata = null, maxFireCount = null, expiresAt, ...rest } = request;
  return {
    ...rest,
    isPersistent: persistent,
    metadata,
    maxFireCount,
    expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt),
    anchorAt: now,
  };
}

/** The same after changes; what is left out of these stays. */
export function changedTerms(terms: ScheduleTerms, changes: ScheduleChanges, now: number): ScheduleTerms {
  const { persistent, expiresAt, enabled: _, ...rest } = changes;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...terms,
    ...given,
    ...(persistent === undefined ? {} : { isPersistent: persistent }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt === null ? null : Date.parse(expiresAt) }),
    ...(changes.expression === undefined || changes.expression === terms.expression ? {} : { anchorAt: now }),
  };
}

/** What a firing says of its schedule, beside the metadata that it was given. */
export function firingMetadata({ name, metadata }: ScheduleTerms, scheduleId: string): Metadata {
  return { ...metadata, schedule: name, scheduleId };
}

/** A UUID stands for any: they are all as long. */
const SOME_ID = "00000000-0000-0000-0000-000000000000";

/** M2: the hub's own two keys must fit, too. */
export function metadataRefusal(terms: ScheduleTerms): Failure | null {
  const { success: fits, error } = Metadata.safeParse(firingMetadata(terms, SOME_ID));
  if (fits) return null;
  return failure(
    "invalid_payload",
    `metadata: with schedule and scheduleId, which the hub adds, ${error.issues[0]?.message}.`,
  );
}

/** Whether a target may be one: a known instance or topic, or an address that finds somebody when the time comes. */
export function targetRefusal(turn: Turn, { target, messageType }: ScheduleTerms): Failure | null {
  const address = parseAddress(target);
  switch (address?.kind) {
    case undefined:
      return noAddress(target);
    case "any":
      if (messageType === "task") return null;
      return failure("invalid_payload", "target: any:<role> takes tasks only; take role:<name> or one id for others.");
    case "instance":
    case "topic": {
      const route = routeMessage(target, null, routesOf(turn));
      return route.ok ? null : route;
    }
    default:
      return null;
  }
}

/** Where a schedule is that has fired so often and whose next time is `next`, null for none. */
export function courseOf(
  { maxFireCount, expiresAt }: Pick<ScheduleTerms, "maxFireCount" | "expiresAt">,
  fireCount: number,
  next: number | null,
): ScheduleCourse {
  if (maxFireCount !== null && fireCount >= maxFireCount) return { state: "used_up", nextFireAt: null };
  if (next === null) return { state: "over", nextFireAt: null };
  if (expiresAt !== null && next > expiresAt) return { state: "expired", nextFireAt: null };
  return { state: "active", nextFireAt: next };
}

/** Why an expression has no next time. */
function noTimeOf(expression: string): string {
  return /^at\s/i.test(expression) ? "lies in the past." : "has no time in the next ten years.";
}

/** The course of a schedule that shall fire; refused where it never would, in words that say what keeps it from that. */
export function activeCourse(terms: ScheduleTerms, fireCount: number, next: number | null): Result<ScheduleCourse> {
  const course = courseOf(terms, fireCount, next);
  const { expression, expiresAt } = terms;
  switch (course.state) {
    case "used_up":
      return failure(
        "conflict",
        `It has fired ${fireCount} times, as often as its maxFireCount allows: raise that, or clear it with null.`,
      );
    case "over":
      return failure("invalid_payload", `expression: "${expression}" ${noTimeOf(expression)}`);
    case "expired":
      return failure(
        "invalid_payload",
        `expiresAt: its next time is ${isoTime(next ?? 0)}, after ${isoTime(expiresAt ?? 0)}, when it expires: choose a later time, or clear it.`,
      );
    default:
      return success(course);
  }
}
