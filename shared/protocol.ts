/**
 * The frames of `/ws/plugin` (protocol sections 4 and 5). A client frame is read by `readFrame`, which says what is wrong
 * with it in words; those of the hub are in `hub-frames.ts`.
 */
import { z } from "zod";
import { ClaimRequest, FileName } from "./claims.ts";
import { AskApproval, AskHuman, defaultProblem } from "./decisions.ts";
import { type Failure, failure, type Result, success } from "./errors.ts";
import { InstanceId, MessageId, OwnMessageId, RoleName, TopicName } from "./ids.ts";
import "./issue-words.ts";
import {
  ACK_IDS_MAX,
  CLAIMS_PER_INSTANCE,
  IDENTITY_MAX_LENGTH,
  IDENTITY_MIN_LENGTH,
  PAGE_MAX,
  PULL_DEFAULT,
  PULL_MAX,
  REQUEST_ID_MAX_LENGTH,
  SCHEDULES_DEFAULT,
  TASK_ACCEPT_MAX_SECONDS,
  TASK_DUE_MAX_SECONDS,
  TASKS_DEFAULT,
  TTL_MAX_SECONDS,
} from "./limits.ts";
import { CONTENT_TOO_LARGE, MessageBody } from "./message-content.ts";
import { ScheduleChanges, ScheduleRequest } from "./schedules.ts";
import { TaskFilterState, TaskMove, TaskNote } from "./task-move.ts";

export const PROTOCOL_VERSION = 2;
export type * from "./hub-frames.ts";
export { BEARER_PREFIX, SUBPROTOCOL } from "./subprotocol.ts";

const requestId = z.string().min(1).max(REQUEST_ID_MAX_LENGTH).optional();
const body = MessageBody.shape;

/** C8: the secret that holds an identity. */
export const IdentityToken = z
  .string()
  .min(IDENTITY_MIN_LENGTH)
  .max(IDENTITY_MAX_LENGTH)
  .regex(/^[A-Za-z0-9_-]+$/, `must be ${IDENTITY_MIN_LENGTH} or more base64url characters`);

const SendMessage = z
  .object({
    action: z.literal("send_message"),
    requestId,
    to: z.string().min(1).max(400),
    ...body,
    replyToMessageId: MessageId.optional(),
    messageId: OwnMessageId.optional(),
    ttlSeconds: z.number().int().min(1).max(TTL_MAX_SECONDS).optional(),
    persistent: z.boolean().optional(),
    /** T4, T3: of a task. */
    dueInSeconds: z.number().int().min(1).max(TASK_DUE_MAX_SECONDS).optional(),
    acceptWithinSeconds: z.number().int().min(1).max(TASK_ACCEPT_MAX_SECONDS).optional(),
    /** T1: of an answer to a task. */
    task: TaskMove.optional(),
  })
  .superRefine(({ to, type, replyToMessageId, dueInSeconds, acceptWithinSeconds, task }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const isForAny = to.startsWith("any:");
    const isForMany = to === "broadcast" || to.startsWith("topic:");
    if (isForAny && type !== "task")
      refuse("type", "any:<role> takes tasks only; send others to role:<name> or one id");
    if (dueInSeconds !== undefined && (type !== "task" || isForMany)) {
      refuse("dueInSeconds", "is for a message of type task to an instance or a role");
    }
    if (acceptWithinSeconds !== undefined && !isForAny) refuse("acceptWithinSeconds", "is for a task to any:<role>");
    if (task === undefined) return;
    if (replyToMessageId === undefined) refuse("task", "is for an answer: name the task in replyToMessageId");
    if (type === "task") refuse("task", "is for an answer, such as one of type result; type task opens another task");
    if (to === "broadcast") refuse("task", "is for an answer, which goes to who asked and not to everyone");
  });

export const ClientFrame = z.discriminatedUnion("action", [
  SendMessage,
  z.object({ action: z.literal("broadcast"), requestId, ...body, messageId: OwnMessageId.optional() }),
  z.object({
    action: z.literal("get_messages"),
    requestId,
    limit: z.number().int().min(1).max(PULL_MAX).default(PULL_DEFAULT),
    peek: z.boolean().default(false),
  }),
  z.object({
    action: z.literal("session_update"),
    requestId,
    newInstanceId: InstanceId,
    identity: IdentityToken.optional(),
  }),
  z.object({ action: z.literal("set_role"), requestId, role: z.union([z.literal(""), RoleName]) }),
  z.object({ action: z.literal("subscribe_topic"), requestId, topic: TopicName }),
  z.object({ action: z.literal("unsubscribe_topic"), requestId, topic: TopicName }),
  z.object({
    action: z.literal("publish_topic"),
    requestId,
    topic: TopicName,
    ...body,
    persistent: z.boolean().default(false),
    ttlSeconds: z.number().int().min(1).max(TTL_MAX_SECONDS).optional(),
    replyToMessageId: MessageId.optional(),
    messageId: OwnMessageId.optional(),
  }),
  z.object({ action: z.literal("list_instances"), requestId }),
  z.object({ action: z.literal("list_topics"), requestId }),
  z.object({ action: z.literal("ping"), requestId, to: z.string().min(1).max(400) }),
  z.object({
    action: z.literal("ack"),
    requestId,
    upTo: z.number().int().min(0).optional(),
    messageIds: z
      .array(MessageId)
      .max(ACK_IDS_MAX, {
        error: ({ input }) =>
          `at most ${ACK_IDS_MAX} ids; these are ${(input as unknown[]).length}: use several acks, or upTo`,
      })
      .optional(),
    state: z.enum(["acked", "seen"]).default("acked"),
  }),
  z.object({ action: z.literal("status"), requestId, messageId: MessageId }),
  z.object({ action: z.literal("update_task"), requestId, taskId: MessageId, ...TaskMove.shape }),
  z.object({ action: z.literal("cancel_task"), requestId, taskId: MessageId, note: TaskNote.optional() }),
  z.object({
    action: z.literal("list_tasks"),
    requestId,
    /** `mine`: which it has; `asked`: which it asked for. */
    of: z.enum(["mine", "asked", "all"]).default("mine"),
    role: RoleName.optional(),
    /** Left out, it is the open ones. */
    state: TaskFilterState.default("open"),
    limit: z.number().int().min(1).max(PULL_MAX).default(TASKS_DEFAULT),
    cursor: z
      .string()
      .regex(/^\d{1,15}$/, "must be the nextCursor of the page before")
      .optional(),
  }),
  z.object({ action: z.literal("claim"), requestId, ...ClaimRequest.shape }),
  z.object({ action: z.literal("release"), requestId, names: z.array(z.string()).max(CLAIMS_PER_INSTANCE).optional() }),
  z.object({
    action: z.literal("list_claims"),
    requestId,
    mine: z.boolean().default(false),
    after: z.number().int().min(0).default(0),
    limit: z.number().int().min(1).max(PAGE_MAX).default(PAGE_MAX),
  }),
  z.object({ action: z.literal("touch_file"), requestId, file: FileName }),
  z.object({ action: z.literal("ask_human"), requestId, ...AskHuman }).superRefine((asked, context) => {
    const message = defaultProblem(asked);
    if (message !== undefined) context.addIssue({ code: "custom", path: ["default"], message });
  }),
  z.object({ action: z.literal("ask_approval"), requestId, ...AskApproval }),
  z.object({ action: z.literal("withdraw_decision"), requestId, decisionId: MessageId }),
  z.object({ action: z.literal("get_decision"), requestId, decisionId: MessageId }),
  z.object({ action: z.literal("create_schedule"), requestId, ...ScheduleRequest.shape }),
  z.object({
    action: z.literal("list_schedules"),
    requestId,
    /** Those that it made. */
    mine: z.boolean().default(false),
    limit: z.number().int().min(1).max(PULL_MAX).default(SCHEDULES_DEFAULT),
    cursor: z
      .string()
      .regex(/^\d{1,15}$/, "must be the nextCursor of the page before")
      .optional(),
  }),
  z.object({ action: z.literal("get_schedule"), requestId, scheduleId: MessageId }),
  z.object({ action: z.literal("update_schedule"), requestId, scheduleId: MessageId, ...ScheduleChanges.shape }),
  z.object({ action: z.literal("delete_schedule"), requestId, scheduleId: MessageId }),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;
export type ClientAction = ClientFrame["action"];
export type FrameOf<A extends ClientAction> = Extract<ClientFrame, { action: A }>;
/** What a client writes: defaults may be left out. */
export type ClientFrameInput = z.input<typeof ClientFrame>;

export const CLIENT_ACTIONS = ClientFrame.options.map((option) => option.shape.action.value);
const KNOWN_ACTIONS: ReadonlySet<string> = new Set(CLIENT_ACTIONS);

/** One frame as read: what it asks, or what is wrong with it; the request id in both cases, where there is one. */
export interface ReadFrame {
  requestId: string | undefined;
  result: Result<ClientFrame>;
}

/** Reads one frame that JSON has already parsed (E1). Never throws. */
export function readFrame(value: unknown): ReadFrame {
  const parsed = ClientFrame.safeParse(value);
  if (parsed.success) return { requestId: parsed.data.requestId, result: success(parsed.data) };
  const frame = isRecord(value) ? value : {};
  const id = requestId.safeParse(frame.requestId);
  return { requestId: id.success ? id.data : undefined, result: refusalOf(value, frame, parsed.error) };
}

function refusalOf(value: unknown, frame: Record<string, unknown>, error: z.ZodError): Result<ClientFrame> {
  if (!isRecord(value) || typeof frame.action !== "string") {
    return failure("invalid_payload", 'A frame is a JSON object with a string "action".');
  }
  if (!KNOWN_ACTIONS.has(frame.action)) {
    return failure(
      "unknown_action",
      `There is no action "${frame.action.slice(0, 64)}". Known actions: ${CLIENT_ACTIONS.join(", ")}.`,
    );
  }
  return payloadFailure(frame.action, error);
}

/** What is wrong with a payload, in words; `what` names it. */
export function payloadFailure(what: string, error: z.ZodError): Failure {
  if (error.issues.some((issue) => issue.message === CONTENT_TOO_LARGE)) {
    return failure("content_too_large", `The ${CONTENT_TOO_LARGE}.`);
  }
  const issues = error.issues.slice(0, 5).map((issue) => `${issue.path.join(".") || "frame"}: ${issue.message}`);
  return failure("invalid_payload", `${what} is not valid: ${issues.join("; ")}.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
