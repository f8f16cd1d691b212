/** A schedule and its firings, and how their rows read. Times in epoch ms. */
import type { MessageType, Metadata } from "../../../shared/message.ts";
import type { FiringOutcome, MissedPolicy, OverlapPolicy, ScheduleState } from "../../../shared/schedules.ts";

/** Who made a schedule: an instance, by its number, or somebody by REST, with a key. */
export type ScheduleMaker = { kind: "instance"; number: number } | { kind: "key"; keyId: string; name: string };

/** What a schedule says: its maker may change all of it. */
export interface ScheduleTerms {
  name: string;
  expression: string;
  timeZone: string;
  target: string;
  messageType: MessageType;
  content: string;
  isPersistent: boolean;
  metadata: Metadata | null;
  missed: MissedPolicy;
  overlap: OverlapPolicy;
  maxFireCount: number | null;
  expiresAt: number | null;
  /** What `every …` counts from: when the expression was said. */
  anchorAt: number;
}

/** Where it is. `nextFireAt` is set for an active one, and for no other. */
export type ScheduleCourse =
  | { state: "active"; nextFireAt: number }
  | { state: Exclude<ScheduleState, "active">; nextFireAt: null };

export interface StoredSchedule extends ScheduleTerms {
  readonly number: number;
  readonly scheduleId: string;
  readonly firingKey: string;
  readonly maker: ScheduleMaker;
  readonly createdAt: number;
  readonly course: ScheduleCourse;
  /** How many of its times were sent. */
  readonly fireCount: number;
  readonly lastFiredAt: number | null;
}

export interface StoredFiring {
  /** Null for one besides the times. */
  dueAt: number | null;
  firedAt: number;
  outcome: FiringOutcome;
  messageIds: readonly string[];
  recipients: number;
  code: string | null;
  note: string | null;
}

export type ScheduleRow = {
  number: number;
  schedule_id: string;
  firing_key: string;
  name: string;
  expression: string;
  time_zone: string;
  target: string;
  type: string;
  content: string;
  is_persistent: number;
  metadata: string | null;
  missed: string;
  overlap: string;
  max_fire_count: number | null;
  expires_at: number | null;
  maker: number | null;
  maker_key: string | null;
  maker_name: string | null;
  created_at: number;
  anchor_at: number;
  state: string;
  next_fire_at: number | null;
  fire_count: number;
  last_fired_at: number | null;
};

export type FiringRow = {
  schedule: number;
  due_at: number | null;
  fired_at: number;
  outcome: string;
  message_ids: string | null;
  recipients: number | null;
  code: string | null;
  note: string | null;
};

export function toSchedule(row: ScheduleRow): StoredSchedule {
  const { number, name, expression, target, content, maker, next_fire_at: nextFireAt } = row;
  return {
    number,
    scheduleId: row.schedule_id,
    firingKey: row.firing_key,
    name,
    expression,
    timeZone: row.time_zone,
    target,
    messageType: row.type as MessageType,
    content,
    isPersistent: row.is_persistent === 1,
    metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Metadata),
    missed: row.missed as MissedPolicy,
    overlap: row.overlap as OverlapPolicy,
    maxFireCount: row.max_fire_count,
    expiresAt: row.expires_at,
    maker:
      maker === null
        ? { kind: "key", keyId: row.maker_key ?? "", name: row.maker_name ?? "" }
        : { kind: "instance", number: maker },
    createdAt: row.created_at,
    anchorAt: row.anchor_at,
    course:
      nextFireAt === null
        ? { state: row.state as Exclude<ScheduleState, "active">, nextFireAt }
        : { state: "active", nextFireAt },
    fireCount: row.fire_count,
    lastFiredAt: row.last_fired_at,
  };
}

export function toFiring(row: FiringRow): StoredFiring {
  return {
    dueAt: row.due_at,
    firedAt: row.fired_at,
    outcome: row.outcome as FiringOutcome,
    messageIds: row.message_ids === null ? [] : (JSON.parse(row.message_ids) as string[]),
    recipients: row.recipients ?? 0,
    code: row.code,
    note: row.note,
  };
}
