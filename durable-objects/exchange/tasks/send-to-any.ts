/** T3: a task to any of a role: one of those who have it gets it, or else it waits for the first who takes it. */
import { failure, type Result, success } from "../../../shared/errors.ts";
import { isEnded } from "../../../shared/task-state.ts";
import { digestOf } from "../../content-digest.ts";
import { messageIdOf, senderOf } from "../../envelope.ts";
import type { OpOf, TaskPart } from "../../link.ts";
import { accept, fullness, isSameSender, type Letter, reusedId, storeFullness } from "../accept.ts";
import type { Sender } from "../accept-from.ts";
import { loopRefusal } from "../loops/guard.ts";
import { pauseOf, waitingSentence } from "../pauses/rules.ts";
import type { Instance } from "../store/instances.ts";
import type { Turn } from "../turn.ts";
import { candidatesFor } from "./assign.ts";
import { openTask } from "./open.ts";
import { ownerOf, requesterOf } from "./people.ts";

/** Does a send to `any:<role>`. Returns the fields of the reply. */
export function sendToAny(
  turn: Turn,
  sender: Sender,
  { task }: OpOf<"send">,
  letter: Letter,
  role: string,
): Result<object> {
  const { body } = letter;
  const { requester } = sender;
  if (task?.kind !== "opens") return failure("invalid_payload", "any:<role> takes messages of type task only.");
  const repeat = repeatOf(turn, requester, role, body);
  if (repeat !== undefined) return repeat;
  const owner = choose(turn, sender, role, { letter, task });
  if (!owner.ok) return owner;
  const accepted = owner.value === null ? null : accept(turn, letter, owner.value);
  if (accepted !== null && !accepted.ok) return accepted;
  if (accepted === null) storeWaiting(turn, letter);
  if (owner.value !== null && requester !== null) turn.store.talks.resetPair(requester.number, owner.value.number);
  openTask(turn, task, { taskId: messageIdOf(body), requester, owner: owner.value, letter });
  return success(toReply(turn, role, messageIdOf(body), owner.value ?? undefined, letter.passes));
}

/** The best of those whose queues have room, and with whom the sender is in no stopped exchange (G1); null where nobody has the role. */
function choose(
  turn: Turn,
  { link, requester }: Sender,
  role: string,
  { letter: { body, bytes }, task }: { letter: Letter; task: TaskPart },
): Result<Instance | null> {
  const candidates = candidatesFor(turn, role, requester ?? undefined);
  const refusals = candidates.map(
    (recipient) =>
      (link && loopRefusal(turn, link, { recipient, replyTo: undefined, body, task, isEnding: false })) ??
      fullness(turn, recipient, bytes),
  );
  const free = candidates[refusals.indexOf(null)];
  if (free !== undefined) return success(free);
  return refusals[0] ?? storeFullness(turn) ?? success(null);
}

/** A message that nobody is owed yet, so that its id is known (M3). */
function storeWaiting(turn: Turn, { body, bytes, expiresAt }: Letter): void {
  const messageId = messageIdOf(body);
  const [sender, acceptedAt] = [senderOf(body), turn.now];
  turn.store.messages.insertNew({ messageId, sender, body, bytes, acceptedAt, expiresAt, publication: null });
  turn.tellSent(body);
}

/** M3: the same again is answered with who has it by now. */
function repeatOf(turn: Turn, sender: Instance | null, role: string, body: string): Result<object> | undefined {
  const { messages, tasks } = turn.store;
  const messageId = messageIdOf(body);
  const known = messages.find(messageId);
  const task = tasks.find(messageId);
  if (known === undefined && (task === undefined || isEnded(task.state))) return undefined;
  const isSame =
    known === undefined ||
    (isSameSender(known.sender, senderOf(body)) && (known.digest ?? digestOf(known.body ?? "")) === digestOf(body));
  if (!isSame || task?.role !== role || requesterOf(turn.store, task) !== (sender ?? undefined))
    return reusedId(messageId);
  return success({ ...toReply(turn, role, messageId, ownerOf(turn.store, task)), duplicate: true });
}

function toReply(turn: Turn, role: string, messageId: string, owner: Instance | undefined, passes = false): object {
  if (owner === undefined) {
    const warning = `Nobody else has the role ${role} now; the task waits for the first who takes it.`;
    return { messageId, queued: true, to: `any:${role}`, role, warning };
  }
  const heldBy = passes ? undefined : pauseOf(turn, owner);
  if (heldBy !== undefined) {
    return { messageId, queued: true, to: owner.id, role, warning: waitingSentence(owner, heldBy) };
  }
  const isQueued = !turn.links.isOnline(owner);
  const warning = `Nobody with the role ${role} is online; the task waits for ${owner.id}, or for another who comes.`;
  return { messageId, queued: isQueued, to: owner.id, role, ...(isQueued ? { warning } : {}) };
}
