/** What each op of a link does: one line a verb. */
import { type Result, success } from "../../shared/errors.ts";
import { isoTime } from "../iso-time.ts";
import type { Op, OpOf } from "../link.ts";
import { acknowledge, pull } from "./acknowledge.ts";
import { changeSession } from "./change-session.ts";
import { claim, release } from "./claims/claim.ts";
import { listClaims } from "./claims/look.ts";
import { touchFile } from "./claims/touch-file.ts";
import { askDecision, withdrawDecision } from "./decisions/ask.ts";
import { decisionRefusal } from "./decisions/guard.ts";
import { getDecision } from "./decisions/look.ts";
import type { Link } from "./links.ts";
import { listInstances, messageStatus, pingAddress } from "./look.ts";
import { broadcast, publishFrom } from "./publish.ts";
import { withReplyWarning } from "./reply-warning.ts";
import { DISK_FULL } from "./room.ts";
import { doScheduleOp } from "./schedules/ops.ts";
import { send } from "./send.ts";
import { subscribeOwn, unsubscribeOwn } from "./subscribe.ts";
import { answerTask } from "./tasks/answer.ts";
import { takeWaiting } from "./tasks/assign.ts";
import { listTasks } from "./tasks/look.ts";
import { cancelTask, updateTask } from "./tasks/update.ts";
import type { Turn } from "./turn.ts";

type WorkOp = Exclude<
  Op,
  OpOf<
    | "send"
    | "publish"
    | "broadcast"
    | "ack"
    | "pull"
    | "status"
    | "set_role"
    | "subscribe"
    | "unsubscribe"
    | "change_session"
    | "list_instances"
    | "list_topics"
    | "ping"
  >
>;

/** Does one op of a client. `nextBody` takes the next message that came with the text. */
export function doOp(turn: Turn, link: Link, op: Op, nextBody: () => string): Result<object> {
  switch (op.do) {
    case "send":
    case "publish":
    case "broadcast":
      return post(turn, link, op, nextBody());
    case "ack":
      return success({ acked: acknowledge(turn, link, op) });
    case "pull":
      return pull(turn, link, op);
    case "status":
      return messageStatus(turn.store, link.instance, op.messageId);
    case "set_role":
      return setRole(turn, link, op.role);
    case "subscribe":
      return subscribeOwn(turn, link.instance, op.topic);
    case "unsubscribe":
      return unsubscribeOwn(turn, link.instance, op.topic);
    case "change_session":
      return changeSession(turn, link, op);
    case "list_instances":
      return success({ instances: listInstances(turn) });
    case "list_topics":
      return success({ topics: turn.store.topics.list() });
    case "ping":
      return pingAddress(turn, link.instance, op.to);
    default:
      return doWork(turn, link, op);
  }
}

/** What is of work, and not of messages. */
function doWork(turn: Turn, link: Link, op: WorkOp): Result<object> {
  switch (op.do) {
    case "claim":
      return claim(turn, link, op);
    case "release":
      return release(turn, link, op);
    case "list_claims":
      return listClaims(turn, link, op);
    case "touch_file":
      return touchFile(turn, link, op);
    case "update_task":
      return updateTask(turn, link, op);
    case "cancel_task":
      return cancelTask(turn, link, op);
    case "list_tasks":
      return listTasks(turn.store, link.instance, op);
    case "ask_decision":
      return askDecision(turn, link, op);
    case "withdraw_decision":
      return withdrawDecision(turn, link, op);
    case "get_decision":
      return getDecision(turn, link, op);
    default:
      return doScheduleOp(turn, link.instance, op);
  }
}

/** A message on its way in. */
function post(turn: Turn, link: Link, op: OpOf<"send" | "publish" | "broadcast">, body: string): Result<object> {
  const { replyTo } = op;
  const refusal = turn.hasRoom ? decisionRefusal(turn.store, replyTo, body) : DISK_FULL;
  if (refusal !== null) return refusal;
  if (op.do === "broadcast") return broadcast(turn, link, body);
  const { instance } = link;
  const sender = { leftOut: instance, requester: instance, link };
  const doSend = (isEnding: boolean) =>
    op.do === "send" ? send(turn, sender, op, body, isEnding) : publishFrom(turn, link, op, body, isEnding);
  return withReplyWarning(turn, link, replyTo, answering(turn, link, op, body, doSend));
}

/** T1: an answer moves the task that it answers. Most messages are none. */
function answering(
  turn: Turn,
  link: Link,
  { task, replyTo }: OpOf<"send" | "publish">,
  body: string,
  doSend: (isEnding: boolean) => Result<object>,
): Result<object> {
  if (task === undefined || task.kind === "opens" || replyTo === undefined) return doSend(false);
  return answerTask(turn, link, { part: task, taskId: replyTo, body }, doSend);
}

function setRole(turn: Turn, { instance }: Link, role: string | null): Result<object> {
  turn.store.instances.change(instance, { role });
  const { id: instanceId } = instance;
  turn.tell({ event: "instance:role_updated", timestamp: isoTime(turn.now), instanceId, role: role ?? "" });
  takeWaiting(turn, instance);
  return success({ instanceId, role: role ?? "" });
}
