/**
 * One firing of a schedule (SC1, SC4): the message is accepted, and what became of it noted, in the transaction that also moves
 * the schedule on. So each of its times is dealt with once, whatever crashes.
 */
import { uuidv7 } from "uuidv7";
import { type ErrorCode, type Failure, failure, type Result } from "../../../shared/errors.ts";
import { parseAddress, systemId } from "../../../shared/ids.ts";
import { SCHEDULE_IDS_KEPT, TASK_ACCEPT_SECONDS } from "../../../shared/limits.ts";
import { compose, type Draft } from "../../compose.ts";
import { fanOutId } from "../../fan-out-id.ts";
import { isoTime } from "../../iso-time.ts";
import type { TaskPart } from "../../link.ts";
import { taskTitleOf } from "../../task-title.ts";
import { pausedMaker } from "../pauses/rules.ts";
import { publish, sendToAll } from "../publish.ts";
import { quote } from "../quote.ts";
import { send } from "../send.ts";
import type { StoredFiring, StoredSchedule } from "../store/schedule-rows.ts";
import { tellInstance } from "../tell.ts";
import type { Turn } from "../turn.ts";
import { makingInstance } from "./rights.ts";
import { firingMetadata } from "./terms.ts";

/** What became of it, and why it was refused, where it was. */
export interface Fired {
  firing: StoredFiring;
  refusal: Failure | null;
}

/** Sends what a schedule says, for one of its times; null for once more, besides them. */
export function fire(turn: Turn, schedule: StoredSchedule, dueAt: number | null): Fired {
  const { schedules, tasks } = turn.store;
  // The tasks that opened in this turn count, too.
  tasks.flush();
  const open = dueAt !== null && schedule.overlap === "skip" ? schedules.openTaskOf(schedule) : undefined;
  const fired = open === undefined ? sendFiring(turn, schedule, dueAt) : skipped(turn, dueAt, open);
  if (dueAt !== null && fired.refusal !== null) tellMaker(turn, schedule, dueAt, fired.refusal);
  schedules.addFiring(schedule, fired.firing);
  if (fired.firing.outcome === "sent") schedules.noteSent(schedule, turn.now, dueAt !== null);
  return fired;
}

/**
 * Who made it is told of a refusal, and not of those that follow it at once, nor of its own pause: the list of its times has
 * them all.
 */
function tellMaker(turn: Turn, schedule: StoredSchedule, dueAt: number, { code, error }: Failure): void {
  const [last] = turn.store.schedules.firingsOf(schedule);
  if (last?.outcome === "refused" || code === "paused") return;
  const { name, scheduleId } = schedule;
  const content = `The schedule ${quote(name)} (${scheduleId}), which you made, could not be sent at ${isoTime(dueAt)}: ${error}`;
  const maker = makingInstance(turn.store, schedule) ?? undefined;
  tellInstance(turn, maker, { part: "schedules", type: "result", content });
}

function skipped({ now: firedAt }: Turn, dueAt: number | null, taskId: string): Fired {
  const note = `The task ${taskId}, which it opened before, is open still.`;
  const nothing = { messageIds: [], recipients: 0, code: null };
  return { firing: { dueAt, firedAt, outcome: "skipped", ...nothing, note }, refusal: null };
}

function sendFiring(turn: Turn, schedule: StoredSchedule, dueAt: number | null): Fired {
  const messageId = dueAt === null ? uuidv7() : firingId(schedule.firingKey, dueAt);
  const result = refusedByAll(route(turn, schedule, messageId));
  const firedAt = turn.now;
  if (!result.ok) {
    const { code, error: note } = result;
    return {
      firing: { dueAt, firedAt, outcome: "refused", messageIds: [], recipients: 0, code, note },
      refusal: result,
    };
  }
  const { ids, recipients, isTask, note } = readReply(result.value, schedule);
  if (isTask) {
    turn.store.tasks.flush();
    turn.store.schedules.addTasks(schedule, ids);
  }
  const messageIds = ids.slice(0, SCHEDULE_IDS_KEPT);
  return { firing: { dueAt, firedAt, outcome: "sent", messageIds, recipients, code: null, note }, refusal: null };
}

/**
 * SC1: the id of a firing follows from the schedule and the time. It is of version 8: those of version 5 are the hub's for copies,
 * which are not looked up (E6).
 */
export function firingId(firingKey: string, dueAt: number): string {
  const id = fanOutId(firingKey, String(dueAt));
  return `${id.slice(0, 14)}8${id.slice(15)}`;
}

/** Sends it where the schedule says; a clock is nobody's echo, so its maker is not left out. */
function route(turn: Turn, schedule: StoredSchedule, messageId: string): Result<object> {
  const { target, messageType: type, content, isPersistent } = schedule;
  const maker = makingInstance(turn.store, schedule);
  const paused = maker && pausedMaker(turn, maker);
  if (paused !== null) return paused;
  const author = { from: maker?.id ?? systemId("schedules"), role: maker?.role ?? null };
  const draft: Draft = { messageId, type, content, metadata: firingMetadata(schedule, schedule.scheduleId) };
  const address = parseAddress(target);
  if (address?.kind === "topic") {
    const { topic } = address;
    const composed = compose({ ...draft, topicName: topic }, author, target, turn.now);
    return publish(turn, null, { ...composed, topic, persistent: isPersistent, passes: false });
  }
  if (address?.kind === "broadcast") return sendToAll(turn, null, compose(draft, author, target, turn.now).body, false);
  const role = address?.kind === "any" ? address.role : null;
  const { body, bytes, expiresAt } = compose(
    role === null ? draft : { ...draft, anyOf: role },
    author,
    target,
    turn.now,
  );
  const task: TaskPart = {
    kind: "opens",
    title: taskTitleOf(content),
    role,
    acceptMs: TASK_ACCEPT_SECONDS * 1_000,
    dueMs: null,
  };
  const op = { do: "send" as const, to: target, bytes, expiresAt, ...(type === "task" ? { task } : {}) };
  return send(turn, { leftOut: null, requester: maker, link: null }, op, body);
}

/** A role all of whose queues are full has got nothing. */
function refusedByAll(result: Result<AnyReply>): Result<AnyReply> {
  if (!result.ok || result.value.messages?.length !== 0 || !Array.isArray(result.value.refused)) return result;
  const [first] = result.value.refused;
  return first === undefined ? result : failure(first.code, first.error);
}

/** What replies to a send, a publication or a broadcast say, whichever it is. */
interface AnyReply {
  messageId?: string;
  /** Of a role. */
  messages?: { messageId: string }[];
  /** Of a role: who; of a topic: how many. */
  refused?: { code: ErrorCode; error: string }[] | number;
  /** That it waits, or for whom. */
  warning?: string;
  delivered?: number;
  queued?: number | boolean;
}

function readReply(reply: AnyReply, { messageType, target }: StoredSchedule) {
  const kind = parseAddress(target)?.kind;
  const isForAll = kind === "topic" || kind === "broadcast";
  const ids =
    reply.messages?.map(({ messageId }) => messageId) ?? (reply.messageId === undefined ? [] : [reply.messageId]);
  const refused = typeof reply.refused === "number" ? reply.refused : (reply.refused?.length ?? 0);
  const recipients = isForAll ? (reply.delivered ?? 0) + Number(reply.queued ?? 0) : ids.length;
  const note = refused === 0 ? (reply.warning ?? null) : `${refused} did not get it, since their queues are full.`;
  return { ids, recipients, isTask: messageType === "task" && !isForAll, note };
}
