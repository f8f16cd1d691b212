/** Accepts what somebody sends to one instance, as long as no rule for what they say to each other stands against it. */
import { type Result, success } from "../../shared/errors.ts";
import type { OpOf } from "../link.ts";
import { type Accepted, accept, type Letter } from "./accept.ts";
import type { Link } from "./links.ts";
import { loopRefusal, noteSaid } from "./loops/guard.ts";
import type { Instance } from "./store/instances.ts";
import { openTask } from "./tasks/open.ts";
import { repeatOfReassigned } from "./tasks/reassign.ts";
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

/** What is sent; `isEnding` where it ends the task that it answers. */
export interface Sent {
  op: OpOf<"send">;
  isEnding: boolean;
}

/** Accepts a message, and with it the task that it opens; not in an exchange that is stopped (G1). */
export function acceptFrom(
  turn: Turn,
  { link, requester }: Sender,
  { op: { task, replyTo }, isEnding }: Sent,
  letter: Letter,
  recipient: Instance,
): Result<Accepted> {
  const word = { recipient, replyTo, body: letter.body, task, isEnding };
  const refusal = link && loopRefusal(turn, link, word);
  if (refusal !== null) return refusal;
  const accepted = accept(turn, letter, recipient);
  if (task?.kind === "opens" && !accepted.ok) {
    const repeat = repeatOfReassigned(turn, letter, recipient);
    return repeat === undefined ? accepted : success(repeat);
  }
  if (!accepted.ok || accepted.value.isDuplicate) return accepted;
  if (link !== null) noteSaid(turn, link, word);
  else if (requester !== null && task?.kind === "opens") turn.store.talks.resetPair(requester.number, recipient.number);
  if (task?.kind === "opens") {
    const { messageId } = accepted.value;
    openTask(turn, task, { taskId: messageId, requester, owner: recipient, letter });
  }
  return accepted;
}
