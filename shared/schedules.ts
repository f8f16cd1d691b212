/**
 * Schedules (protocol SC1 to SC6): messages that the hub sends when their time comes. What may be asked, and how they are
 * told, by socket and by REST.
 */
import { z } from "zod";
import { MessageId } from "./ids.ts";
import {
  SCHEDULE_COUNT_MAX,
  SCHEDULE_EXPRESSION_MAX_LENGTH,
  SCHEDULE_NAME_MAX_LENGTH,
  SCHEDULE_ZONE_MAX_LENGTH,
} from "./limits.ts";
import { MessageType, Metadata } from "./message.ts";
import { MessageContent } from "./message-content.ts";
import { WellFormedText } from "./well-formed-text.ts";

/** What becomes of times that came while the hub was down: none of them is sent, one for all of them, or each. */
export const MissedPolicy = z.enum(["skip", "once", "all"]);
export type MissedPolicy = z.infer<typeof MissedPolicy>;

/** `skip`: it does not fire while a task that it opened is open. */
export const OverlapPolicy = z.enum(["allow", "skip"]);
export type OverlapPolicy = z.infer<typeof OverlapPolicy>;

/**
 * - `active`: it has a next time.
 * - `paused`: somebody said so.
 * - `used_up`: it fired as often as `maxFireCount` allows.
 * - `expired`: it has no time before `expiresAt`.
 * - `over`: its expression has no time any more.
 */
export const SCHEDULE_STATES = ["active", "paused", "used_up", "expired", "over"] as const;
export const ScheduleState = z.enum(SCHEDULE_STATES);
export type ScheduleState = z.infer<typeof ScheduleState>;

const name = WellFormedText.trim()
  .min(1)
  .max(SCHEDULE_NAME_MAX_LENGTH)
  .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), "must be one line");
export const Expression = z.string().trim().min(1).max(SCHEDULE_EXPRESSION_MAX_LENGTH);
export const TimeZone = z.string().min(1).max(SCHEDULE_ZONE_MAX_LENGTH);
const target = z.string().min(1).max(400);
const maxFireCount = z.number().int().min(1).max(SCHEDULE_COUNT_MAX);
const expiresAt = z.iso.datetime({ offset: true });

/** What a new schedule is. */
export const ScheduleRequest = z.object({
  /** For a safe retry: the same again is the same schedule. */
  scheduleId: MessageId.optional(),
  name,
  expression: Expression,
  target,
  messageType: MessageType,
  content: MessageContent,
  /** Of a publication to a topic. */
  persistent: z.boolean().default(false),
  metadata: Metadata.optional(),
  /** IANA. */
  timeZone: TimeZone.default("UTC"),
  missed: MissedPolicy.default("once"),
  overlap: OverlapPolicy.default("allow"),
  maxFireCount: maxFireCount.optional(),
  expiresAt: expiresAt.optional(),
});
export type ScheduleRequest = z.infer<typeof ScheduleRequest>;

/** What changes in one; null clears. */
export const ScheduleChanges = z.object({
  name: name.optional(),
  expression: Expression.optional(),
  target: target.optional(),
  messageType: MessageType.optional(),
  content: MessageContent.optional(),
  persistent: z.boolean().optional(),
  metadata: z.union([z.null(), Metadata]).optional(),
  timeZone: TimeZone.optional(),
  missed: MissedPolicy.optional(),
  overlap: OverlapPolicy.optional(),
  maxFireCount: maxFireCount.nullable().optional(),
  expiresAt: expiresAt.nullable().optional(),
  enabled: z.boolean().optional(),
});
export type ScheduleChanges = z.infer<typeof ScheduleChanges>;

/** What became of a time: the message was sent, or its route refused it; or nothing was sent since a task is open, or nobody was up. */
export const FiringOutcome = z.enum(["sent", "refused", "skipped", "missed"]);
export type FiringOutcome = z.infer<typeof FiringOutcome>;

export const ScheduleFiring = z
  .object({
    /** Left out for one that somebody asked for, besides the times. */
    dueAt: z.iso.datetime().optional(),
    firedAt: z.iso.datetime(),
    outcome: FiringOutcome,
    /** Of what was sent; to a role each has one of its own, of which these are the first. */
    messageIds: z.array(MessageId).optional(),
    /** How many it was sent to. */
    recipients: z.number().int().optional(),
    /** Of a refusal. */
    code: z.string().optional(),
    /** Why nothing was sent, or not to all. */
    note: z.string().optional(),
  })
  .meta({ id: "ScheduleFiring" });
export type ScheduleFiring = z.infer<typeof ScheduleFiring>;

export const Schedule = z
  .object({
    scheduleId: MessageId,
    name: z.string(),
    expression: z.string(),
    timeZone: z.string(),
    target: z.string(),
    messageType: MessageType,
    content: z.string(),
    /** In lists: there is more of the content than stands there. */
    isContentCut: z.literal(true).optional(),
    persistent: z.boolean(),
    metadata: Metadata.optional(),
    missed: MissedPolicy,
    overlap: OverlapPolicy,
    maxFireCount: z.number().int().optional(),
    expiresAt: z.iso.datetime().optional(),
    /** An instance, under the id that it has by now; by REST the name of the key, or `dashboard`. */
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
    /** Null where it does not fire any more, or for now. */
    nextFireAt: z.iso.datetime().nullable(),
    lastFiredAt: z.iso.datetime().optional(),
    /** How many of its times were sent. */
    fireCount: z.number().int(),
    enabled: z.boolean(),
    state: ScheduleState,
    lastFiring: ScheduleFiring.optional(),
  })
  .meta({ id: "Schedule" });
export type Schedule = z.infer<typeof Schedule>;

/** A schedule with its last firings, the newest first. */
export const ScheduleDetail = Schedule.extend({ firings: z.array(ScheduleFiring) }).meta({ id: "ScheduleDetail" });
export type ScheduleDetail = z.infer<typeof ScheduleDetail>;

/** The newest first. */
export const SchedulePage = z.object({ items: z.array(Schedule), nextCursor: z.string().optional() });
export type SchedulePage = z.infer<typeof SchedulePage>;

/** The next times of an expression, or what is wrong with it. */
export const SchedulePreview = z
  .object({ next: z.array(z.iso.datetime()), problem: z.string().optional() })
  .meta({ id: "SchedulePreview" });
export type SchedulePreview = z.infer<typeof SchedulePreview>;
