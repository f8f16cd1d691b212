/**
 * What happens in the hub, as `/ws/dashboard` tells it (protocol section 8). Objects make events, the journal gives each
 * its `cursor`. `hub:hello` and `hub:gap` are made by the journal for one consumer and are not kept.
 */
import { z } from "zod";
import { ClaimMode } from "./claims.ts";
import { DecisionKind, DecisionState } from "./decisions.ts";
import { DeliveryState, Message, MessageType } from "./message.ts";
import { FiringOutcome } from "./schedules.ts";
import { TaskState } from "./task-move.ts";

/** ISO 8601, UTC. */
const timestamp = z.iso.datetime();

/** What events tell of a schedule. */
const schedule = {
  scheduleId: z.string(),
  name: z.string(),
  createdBy: z.string(),
  nextFireAt: z.iso.datetime().nullable(),
  enabled: z.boolean(),
};

export const HubEvent = z.discriminatedUnion("event", [
  z.object({ event: z.literal("instance:joined"), timestamp, instanceId: z.string() }),
  z.object({ event: z.literal("instance:left"), timestamp, instanceId: z.string() }),
  z.object({ event: z.literal("instance:removed"), timestamp, instanceId: z.string() }),
  z.object({
    event: z.literal("instance:session_updated"),
    timestamp,
    oldInstanceId: z.string(),
    newInstanceId: z.string(),
    /** How many messages moved. */
    migrated: z.number().int(),
  }),
  /** `role` "" means that it has none now. */
  z.object({ event: z.literal("instance:role_updated"), timestamp, instanceId: z.string(), role: z.string() }),
  /** A direct or role message, when accepted. */
  z.object({ event: z.literal("message:sent"), timestamp, message: Message }),
  /** Every state after `queued`, and that again where a dead letter is retried; `instanceId` is the recipient. */
  z.object({
    event: z.literal("message:state"),
    timestamp,
    messageId: z.string(),
    instanceId: z.string(),
    state: DeliveryState,
    at: z.iso.datetime(),
  }),
  /** By REST; in a replay also in the place of the word that it was sent. */
  z.object({ event: z.literal("message:deleted"), timestamp, messageId: z.string(), from: z.string() }),
  z.object({
    event: z.literal("broadcast:sent"),
    timestamp,
    from: z.string(),
    content: z.string(),
    type: MessageType,
    messageId: z.string(),
  }),
  z.object({ event: z.literal("queue:stats"), timestamp, instanceId: z.string(), depth: z.number().int() }),
  z.object({ event: z.literal("topic:created"), timestamp, name: z.string(), createdBy: z.string() }),
  z.object({ event: z.literal("topic:deleted"), timestamp, name: z.string() }),
  z.object({ event: z.literal("topic:subscribed"), timestamp, name: z.string(), instanceId: z.string() }),
  z.object({ event: z.literal("topic:unsubscribed"), timestamp, name: z.string(), instanceId: z.string() }),
  /** Once per publication, with how many subscribers were online and how many had it queued. */
  z.object({
    event: z.literal("topic:message"),
    timestamp,
    name: z.string(),
    message: Message,
    persistent: z.boolean(),
    delivered: z.number().int(),
    queued: z.number().int(),
  }),
  /**
   * T5: a task opened or took a step. What it says of itself stands in REST only, where a deleted message takes it along.
   * `messageId`: the message that moved it; `by` is left out for the hub.
   */
  z.object({
    event: z.literal("task:changed"),
    timestamp,
    taskId: z.string(),
    state: TaskState,
    requester: z.string(),
    owner: z.string().optional(),
    role: z.string().optional(),
    progress: z.number().int().optional(),
    by: z.string().optional(),
    messageId: z.string().optional(),
  }),
  /** L1: names that somebody did not hold before. */
  z.object({
    event: z.literal("claim:granted"),
    timestamp,
    instanceId: z.string(),
    mode: ClaimMode,
    claims: z.array(z.object({ name: z.string(), token: z.number().int() })),
    until: z.iso.datetime(),
    reason: z.string().optional(),
  }),
  z.object({
    event: z.literal("claim:released"),
    timestamp,
    instanceId: z.string(),
    names: z.array(z.string()),
    /** `expired`: its time was over; `gone`: its holder was away too long, or was removed; `forced`: an admin took it. */
    because: z.enum(["released", "expired", "gone", "forced"]),
  }),
  /** So many requests of it wait by now, after it asked for one or took one back. Those that are granted are told as such. */
  z.object({ event: z.literal("claim:waiting"), timestamp, instanceId: z.string(), waits: z.number().int() }),
  /** H1, H2: somebody is asked. What is asked and answered stands in REST only. */
  z.object({
    event: z.literal("decision:opened"),
    timestamp,
    decisionId: z.string(),
    kind: DecisionKind,
    instanceId: z.string(),
    until: z.iso.datetime(),
  }),
  z.object({
    event: z.literal("decision:closed"),
    timestamp,
    decisionId: z.string(),
    state: DecisionState.exclude(["open"]),
    /** Who answered. */
    by: z.string().optional(),
  }),
  /** SC1: schedules come, change, go and fire. What they say stands in REST only. */
  z.object({ event: z.literal("schedule:created"), timestamp, ...schedule }),
  z.object({ event: z.literal("schedule:updated"), timestamp, ...schedule }),
  z.object({ event: z.literal("schedule:deleted"), timestamp, scheduleId: z.string(), name: z.string() }),
  /** A time came; or, without `dueAt`, somebody had it fire besides. `messageId`: the first that was sent. */
  z.object({
    event: z.literal("schedule:fired"),
    timestamp,
    ...schedule,
    dueAt: z.iso.datetime().optional(),
    outcome: FiringOutcome,
    messageId: z.string().optional(),
    fireCount: z.number().int(),
  }),
  /** H3: a session (by its id), a project or everything is paused, or not any more. */
  z.object({
    event: z.literal("pause:set"),
    timestamp,
    target: z.string(),
    by: z.string(),
    reason: z.string().optional(),
  }),
  z.object({ event: z.literal("pause:lifted"), timestamp, target: z.string(), by: z.string() }),
  /** G1. */
  z.object({
    event: z.literal("loop:stopped"),
    timestamp,
    loopId: z.string(),
    instances: z.array(z.string()),
    threadId: z.string().optional(),
    messages: z.number().int(),
  }),
  z.object({ event: z.literal("loop:resumed"), timestamp, loopId: z.string(), by: z.string() }),
]);
export type HubEvent = z.infer<typeof HubEvent>;
export type HubEventName = HubEvent["event"];
export type HubEventOf<N extends HubEventName> = Extract<HubEvent, { event: N }>;

/** Grows by one with each event; `?since=` takes the last one a consumer has seen. */
const cursor = z.number().int();

/** The first frame of a v2 stream: where the stream stands now. */
export const HelloEvent = z.object({ event: z.literal("hub:hello"), timestamp, cursor, version: z.string() });
/** Events up to and including `cursor` are not kept any more (or belong to a hub that is gone): the replay begins after it. */
export const GapEvent = z.object({ event: z.literal("hub:gap"), timestamp, cursor });

/** What a consumer of the stream reads. */
export const StreamEvent = z.union([HelloEvent, GapEvent, HubEvent.and(z.object({ cursor }))]);
export type StreamEvent = z.infer<typeof StreamEvent>;
