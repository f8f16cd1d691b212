/** The message as everyone sees it (protocol section 3), and the states of its delivery (section 6). */
import { z } from "zod";
import { DELIVERY_STATES } from "./delivery-states.ts";
import { InstanceId, MessageId } from "./ids.ts";
import { METADATA_MAX_BYTES, METADATA_MAX_KEYS } from "./limits.ts";
import { Pause } from "./pauses.ts";
import { TaskMove } from "./task-move.ts";
import { fitsUtf8, utf8Length } from "./utf8.ts";
import { WellFormedText } from "./well-formed-text.ts";

export const MessageType = z.enum(["task", "result", "question", "ack", "ping"]);
export type MessageType = z.infer<typeof MessageType>;

const MetadataValue = z.union([WellFormedText, z.number(), z.boolean(), z.null()]);

/** M2. */
const MetadataRecord = z
  .record(WellFormedText, MetadataValue, { error: "must be an object of strings, numbers, booleans and nulls" })
  .refine(
    (metadata) =>
      Object.keys(metadata).length <= METADATA_MAX_KEYS && utf8Length(JSON.stringify(metadata)) <= METADATA_MAX_BYTES,
    `at most ${METADATA_MAX_KEYS} keys and ${METADATA_MAX_BYTES} bytes as JSON`,
  );
export const Metadata = z.preprocess((value, context) => {
  // The record would drop it without a word.
  if (typeof value === "object" && value !== null && Object.hasOwn(value, "__proto__")) {
    context.addIssue("__proto__ cannot be a key: take another name");
  }
  return value;
}, MetadataRecord);
export type Metadata = z.infer<typeof MetadataRecord>;

/** M1: what `from` says of a message that entered by REST. */
export const DASHBOARD_SENDER = "dashboard";

export const Message = z
  .object({
    messageId: MessageId,
    /** M1: an instance id, or `dashboard` for what entered by REST. */
    from: z.string(),
    /** Recipient's full id, `topic:<name>` or `broadcast`. */
    to: z.string(),
    type: MessageType,
    content: z.string(),
    replyToMessageId: MessageId.optional(),
    topicName: z.string().optional(),
    role: z.string().optional(),
    /** T3: it is a task for one of those who have this role. */
    anyOf: z.string().optional(),
    metadata: Metadata.optional(),
    /** ISO 8601, UTC. */
    timestamp: z.iso.datetime(),
    fromRole: z.string().optional(),
    expiresAt: z.iso.datetime().optional(),
    /** T4: until when a task is wanted. */
    dueAt: z.iso.datetime().optional(),
    /** T1: what an answer says of the task that it answers. */
    task: TaskMove.optional(),
  })
  .meta({ id: "Message" });
export type Message = z.infer<typeof Message>;

export { DELIVERY_STATES };
export const DeliveryState = z.enum(DELIVERY_STATES);
export type DeliveryState = z.infer<typeof DeliveryState>;

/** How far a message got: the answer to `status`. */
export const MessageStatus = z.object({
  messageId: MessageId,
  state: DeliveryState,
  /** How often it was written to a socket. */
  attempts: z.number().int(),
  history: z.array(z.object({ state: DeliveryState, at: z.iso.datetime() })),
  reason: z.string().optional(),
});
export type MessageStatus = z.infer<typeof MessageStatus>;

/** One row of `list_instances` and `GET /api/instances`. */
export const InstanceInfo = z
  .object({
    instanceId: InstanceId,
    project: z.string(),
    status: z.enum(["online", "offline"]),
    connectedAt: z.iso.datetime(),
    queueDepth: z.number().int(),
    role: z.string().optional(),
    lastSeenAt: z.iso.datetime(),
    topics: z.array(z.string()),
    /** C11: it gets its messages when it asks for them; nothing wakes it. Said while it is online. */
    delivery: z.literal("pull").optional(),
    /** H3: why what is sent to it waits. */
    paused: Pause.optional(),
  })
  .meta({ id: "InstanceInfo" });
export type InstanceInfo = z.infer<typeof InstanceInfo>;

export { fitsUtf8, utf8Length };
