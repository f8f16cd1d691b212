/** What each op of a link does: one line a verb. */
import { type Result, success } from "../../shared/errors.ts";
import { isoTime } from "../iso-time.ts";
import type { Op, OpOf } from "../link.ts";
import { acknowledge, pull } from "./acknowledge.ts";
import { changeSession } from "./change-session.ts";
import { claim, release } from "./claims/claim.ts";
import { listClaims } from "./claims/look.ts";
import { touchFile } from "./claims/touch-file.ts";
import type { Link } from "./links.ts";
import { listInstances, messageStatus, pingAddress } from "./look.ts";
import { broadcast, publishFrom } from "./publish.ts";
import { withReplyWarning } from "./reply-warning.ts";
import { DISK_FULL } from "./room.ts";
import { send } from "./send.ts";
import { subscribeOwn, unsubscribeOwn } from "./subscribe.ts";
import { answerTask } from "./tasks/answer.ts";
import { takeWaiting } from "./tasks/assign.ts";
import { listTasks } from "./tasks/look.ts";
import { cancelTask, updateTask } from "./tasks/update.ts";
import type { Turn } from "./turn.ts";

/** Does one op of a client. `nextBody` takes the next message that came with the text. */
export function doOp(turn: Turn, link: Link, op: Op, nextBody: () => string): Result<object> {
  switch (op.do) {
    case "send": {
      const body = nextBody();
      if (!turn.hasRoom) return DISK_FULL;
      const sent = answering(turn, link, op, body, (isEnding) => send(turn, link, op, body, isEnding));
      return withReplyWarning(turn, link, op.replyTo, sent);
    }
    case "publish": {
      const body = nextBody();
      const published = answering(turn, link, op, body, (isEnding) => publishFrom(turn, link, op, body, isEnding));
      return withReplyWarning(turn, link, op.replyTo, published);
    }
    case "broadcast": {
      const body = nextBody();
      return turn.hasRoom ? broadcast(turn, link, body) : DISK_FULL;
    }
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
    case "claim":
      return claim(turn, link, op);
    case "release":
      return release(turn, link, op);
    case "list_claims":
      return listClaims(turn, link, op);
    case "touch_file":
      return touchFile(turn, link, op);
    case "ping":
      return pingAddress(turn, link.instance, op.to);
    case "update_task":
      return updateTask(turn, link, op);
    case "cancel_task":
      return cancelTask(turn, link, op);
    case "list_tasks":
      return listTasks(turn.store, link.instance, op);
  }
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
