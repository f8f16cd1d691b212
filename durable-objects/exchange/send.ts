/** Sends to an instance, to everyone with a role, or to any with one; a message of type task opens a task there (T1). */
import { failure, type Result, success } from "../../shared/errors.ts";
import { utf8Length } from "../../shared/message.ts";
import { bodyOf, readMessage } from "../envelope.ts";
import { fanOutId } from "../fan-out-id.ts";
import type { OpOf } from "../link.ts";
import { type Route, routeMessage } from "../route-message.ts";
import { type Accepted, accept, type Letter } from "./accept.ts";
import type { Link } from "./links.ts";
import { loopRefusal, noteSaid } from "./loops/guard.ts";
import { passes, pausedRefusal, waitingSentence } from "./pauses/rules.ts";
import { routesOf } from "./routes.ts";
import type { Instance } from "./store/instances.ts";
import { openTask } from "./tasks/open.ts";
import { sendToAny } from "./tasks/send-to-any.ts";
import type { Turn } from "./turn.ts";

/** Who sends. */
export interface Sender {
  /** Whom a role or a partial address leaves out (A3, E3); null for nobody. */
  leftOut: Instance | null;
  /** Whose the task is that a message opens (T2); null for no instance's. */
  requester: Instance | null;
  /** The connection that speaks; null for the hub itself, whom neither a pause nor a stopped exchange holds. */
  link: Link | null;
}

/** Does a `send`; `isEnding` where it ends the task that it answers. Returns the fields of the reply. */
export function send(turn: Turn, sender: Sender, op: OpOf<"send">, body: string, isEnding = false): Result<object> {
  const { link } = sender;
  const route = routeMessage(op.to, sender.leftOut, routesOf(turn));
  if (!route.ok) return route;
  const recipients = recipientsOf(route.value);
  const paused = link && pausedRefusal(turn, link, { task: op.task, body, recipients });
  if (paused !== null) return paused;
  const letter = { body, bytes: op.bytes, expiresAt: op.expiresAt, passes: link !== null && passes(link, op.task) };
  const context = { op, isEnding };
  if (route.value.kind === "instance") {
    const accepted = acceptFrom(turn, sender, context, letter, route.value.recipient);
    return accepted.ok ? success(toDirectReply(turn, accepted.value)) : accepted;
  }
  if (route.value.kind === "any") return sendToAny(turn, sender, op, letter, route.value.role);
  if (route.value.kind !== "role") {
    return failure("invalid_payload", `${route.value.kind} is not an address of an instance or a role.`);
  }
  const { role } = route.value;
  const results = recipients.map((recipient) =>
    acceptFrom(turn, sender, context, toRoleLetter(letter, role, recipient), recipient),
  );
  return success(toRoleReply(role, recipients, results));
}

/** Whom a route names; nobody where that is only found out later. */
function recipientsOf(route: Route<Instance>): readonly Instance[] {
  if (route.kind === "instance") return [route.recipient];
  return route.kind === "role" ? route.recipients : [];
}

/** Accepts a message, and with it the task that it opens; not in an exchange that is stopped (G1). */
function acceptFrom(
  turn: Turn,
  { link, requester }: Sender,
  { op: { task, replyTo }, isEnding }: { op: OpOf<"send">; isEnding: boolean },
  letter: Letter,
  recipient: Instance,
): Result<Accepted> {
  const word = { recipient, replyTo, body: letter.body, task, isEnding };
  const refusal = link && loopRefusal(turn, link, word);
  if (refusal !== null) return refusal;
  const accepted = accept(turn, letter, recipient);
  if (!accepted.ok || accepted.value.isDuplicate) return accepted;
  if (link !== null) noteSaid(turn, link, word);
  else if (requester !== null && task?.kind === "opens") turn.store.talks.resetPair(requester.number, recipient.number);
  if (task?.kind === "opens") {
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

function toDirectReply(turn: Turn, accepted: Accepted): object {
  const { recipient, messageId, isQueued, isDuplicate } = accepted;
  const warning = warningOf(turn, accepted);
  return {
    messageId,
    queued: isQueued,
    to: recipient.id,
    ...(warning === undefined ? {} : { warning }),
    ...(isDuplicate ? { duplicate: true } : {}),
  };
}

/** Why a message is not before its recipient soon; undefined where it is. */
function warningOf(turn: Turn, { recipient, isQueued, heldBy }: Accepted): string | undefined {
  if (heldBy !== undefined) return waitingSentence(recipient, heldBy);
  if (isQueued) return `${recipient.id} is offline; the message waits in its queue.`;
  if (!turn.links.of(recipient)?.isPull) return undefined;
  return `${recipient.id} gets it when it asks for messages; nothing wakes it.`;
}

/** A recipient that refuses (a full queue) stands in `refused` with its reason: the others have their message. */
function toRoleReply(role: string, recipients: readonly Instance[], results: readonly Result<Accepted>[]): object {
  const accepted = results.flatMap((result) => (result.ok ? [result.value] : []));
  const refused = results.flatMap((result, index) =>
    result.ok ? [] : [{ instanceId: (recipients[index] as Instance).id, code: result.code, error: result.error }],
  );
  const queued = accepted.filter(({ isQueued }) => isQueued).length;
  const held = accepted.filter(({ heldBy }) => heldBy !== undefined).length;
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
    ...(held === 0 ? {} : { warning: `${held} of them are paused; what is for them waits.` }),
    ...(refused.length === 0 ? {} : { refused }),
  };
}
