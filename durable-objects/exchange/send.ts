/** Sends to an instance, to everyone with a role, or to any with one; a message of type task opens a task there (T1). */
import { failure, type Result, success } from "../../shared/errors.ts";
import { utf8Length } from "../../shared/message.ts";
import { bodyOf, readMessage } from "../envelope.ts";
import { fanOutId } from "../fan-out-id.ts";
import type { OpOf } from "../link.ts";
import { routeMessage } from "../route-message.ts";
import { type Accepted, accept, type Letter } from "./accept.ts";
import { routesOf } from "./routes.ts";
import type { Instance } from "./store/instances.ts";
import { openTask } from "./tasks/open.ts";
import { repeatOfReassigned } from "./tasks/reassign.ts";
import { sendToAny } from "./tasks/send-to-any.ts";
import type { Turn } from "./turn.ts";

/** Who sends; null for no instance. */
export interface Sender {
  /** Whom a role or a partial address leaves out (A3, E3). */
  leftOut: Instance | null;
  /** Whose the task is that a message opens (T2). */
  requester: Instance | null;
}

/** Does a `send`. Returns the fields of the reply. */
export function send(turn: Turn, sender: Sender, op: OpOf<"send">, body: string): Result<object> {
  const route = routeMessage(op.to, sender.leftOut, routesOf(turn));
  if (!route.ok) return route;
  if (route.value.kind === "instance") {
    const accepted = acceptFrom(turn, sender, op, { ...op, body }, route.value.recipient);
    return accepted.ok ? success(toDirectReply(turn, accepted.value)) : accepted;
  }
  if (route.value.kind === "any") return sendToAny(turn, sender.requester, op, body, route.value.role);
  if (route.value.kind !== "role") {
    return failure("invalid_payload", `${route.value.kind} is not an address of an instance or a role.`);
  }
  const { role, recipients } = route.value;
  const results = recipients.map((recipient) =>
    acceptFrom(turn, sender, op, toRoleLetter({ ...op, body }, role, recipient), recipient),
  );
  return success(toRoleReply(role, recipients, results));
}

/** Accepts a message, and with it the task that it opens. */
function acceptFrom(
  turn: Turn,
  { requester }: Sender,
  { task }: OpOf<"send">,
  letter: Letter,
  recipient: Instance,
): Result<Accepted> {
  const accepted = accept(turn, letter, recipient);
  if (task?.kind === "opens" && !accepted.ok) {
    const repeat = repeatOfReassigned(turn, letter, recipient);
    return repeat === undefined ? accepted : success(repeat);
  }
  if (task?.kind === "opens" && accepted.ok && !accepted.value.isDuplicate) {
    const { messageId } = accepted.value;
    openTask(turn, task, { taskId: messageId, requester, owner: recipient, letter });
  }
  return accepted;
}

/** E3: each with the role gets an envelope and an id of its own, under which a retry finds it again. */
function toRoleLetter(letter: Letter, role: string, recipient: Instance): Letter {
  const message = readMessage(letter.body);
  if (message === null) throw new Error("a mailbox composed a message that cannot be read");
  const messageId = fanOutId(message.messageId, recipient.id);
  const body = bodyOf({ ...message, messageId, to: recipient.id, role });
  return { ...letter, body, bytes: utf8Length(body) };
}

function toDirectReply(turn: Turn, { recipient, messageId, isQueued, isDuplicate }: Accepted): object {
  const warning = isQueued
    ? `${recipient.id} is offline; the message waits in its queue.`
    : turn.links.of(recipient)?.isPull
      ? `${recipient.id} gets it when it asks for messages; nothing wakes it.`
      : undefined;
  return {
    messageId,
    queued: isQueued,
    to: recipient.id,
    ...(warning === undefined ? {} : { warning }),
    ...(isDuplicate ? { duplicate: true } : {}),
  };
}

/** A recipient that refuses (a full queue) stands in `refused` with its reason: the others have their message. */
function toRoleReply(role: string, recipients: readonly Instance[], results: readonly Result<Accepted>[]): object {
  const accepted = results.flatMap((result) => (result.ok ? [result.value] : []));
  const refused = results.flatMap((result, index) =>
    result.ok ? [] : [{ instanceId: (recipients[index] as Instance).id, code: result.code, error: result.error }],
  );
  const queued = accepted.filter(({ isQueued }) => isQueued).length;
  return {
    role,
    recipients: accepted.map(({ recipient }) => recipient.id),
    delivered: accepted.length - queued,
    queued,
    messages: accepted.map(({ recipient, messageId, isQueued }) => ({
      instanceId: recipient.id,
      messageId,
      queued: isQueued,
    })),
    ...(refused.length === 0 ? {} : { refused }),
  };
}
