/** Sends to an instance, to everyone with a role, or to any with one; a message of type task opens a task there (T1). */
import { failure, type Result, success } from "../../shared/errors.ts";
import { parseAddress } from "../../shared/ids.ts";
import type { OpOf } from "../link.ts";
import { type Route, routeMessage } from "../route-message.ts";
import type { Accepted, Letter } from "./accept.ts";
import { acceptFrom, type Sender, type Sent } from "./accept-from.ts";
import { passes, pausedRefusal, waitingSentence } from "./pauses/rules.ts";
import { routesOf } from "./routes.ts";
import { repeatToRole, sendToRole } from "./send-to-role.ts";
import type { Instance } from "./store/instances.ts";
import { sendToAny } from "./tasks/send-to-any.ts";
import type { Turn } from "./turn.ts";

/** Does a `send`; `isEnding` where it ends the task that it answers. Returns the fields of the reply. */
export function send(turn: Turn, sender: Sender, op: OpOf<"send">, body: string, isEnding = false): Result<object> {
  const { link } = sender;
  const { bytes, expiresAt, task, replyTo } = op;
  const sent = { op, isEnding };
  const route = routeMessage(op.to, sender.leftOut, routesOf(turn));
  if (!route.ok) return repeatToNobody(turn, sender, sent, { body, bytes, expiresAt }) ?? route;
  const recipients = recipientsOf(route.value);
  const said = { task, replyTo, recipients };
  const paused = link && pausedRefusal(turn, link, said, body);
  if (paused !== null) return paused;
  const letter = { body, bytes, expiresAt, passes: link !== null && passes(turn, link, said) };
  if (route.value.kind === "instance") {
    const accepted = acceptFrom(turn, sender, sent, letter, route.value.recipient);
    return accepted.ok ? success(toDirectReply(turn, accepted.value)) : accepted;
  }
  if (route.value.kind === "any") return sendToAny(turn, sender, op, letter, route.value.role);
  if (route.value.kind !== "role") {
    return failure("invalid_payload", `${route.value.kind} is not an address of an instance or a role.`);
  }
  const { role } = route.value;
  return sendToRole(turn, sender, sent, letter, role, recipients);
}

/** M3: the same again to a role that nobody has any more is answered as before. */
function repeatToNobody(turn: Turn, sender: Sender, sent: Sent, letter: Letter): Result<object> | undefined {
  const address = parseAddress(sent.op.to);
  return address?.kind === "role" ? repeatToRole(turn, sender, sent, letter, address.role) : undefined;
}

/** Whom a route names; nobody where that is only found out later. */
function recipientsOf(route: Route<Instance>): readonly Instance[] {
  if (route.kind === "instance") return [route.recipient];
  return route.kind === "role" ? route.recipients : [];
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
