/** T3: a task to any of a role: one of those who have it gets it, or else it waits for the first who takes it. */
import { failure, type Result, success } from "../../../shared/errors.ts";
import { isEnded } from "../../../shared/task-state.ts";
import { digestOf } from "../../content-digest.ts";
import { messageIdOf, senderOf } from "../../envelope.ts";
import type { OpOf } from "../../link.ts";
import { accept, fullness, isSameSender, type Letter, reusedId, storeFullness } from "../accept.ts";
import type { Instance } from "../store/instances.ts";
import type { Turn } from "../turn.ts";
import { candidatesFor } from "./assign.ts";
import { openTask } from "./open.ts";
import { ownerOf, requesterOf } from "./people.ts";

/** Does a send to `any:<role>`; `requester` is null for what no instance asks. Returns the fields of the reply. */
export function sendToAny(
  turn: Turn,
  requester: Instance | null,
  op: OpOf<"send">,
  body: string,
  role: string,
): Result<object> {
  const { task } = op;
  if (task?.kind !== "opens") return failure("invalid_payload", "any:<role> takes messages of type task only.");
  const repeat = repeatOf(turn, requester, role, body);
  if (repeat !== undefined) return repeat;
  const letter: Letter = { body, bytes: op.bytes, expiresAt: op.expiresAt };
  const owner = choose(turn, requester, role, letter);
  if (!owner.ok) return owner;
  const accepted = owner.value === null ? null : accept(turn, letter, owner.value);
  if (accepted !== null && !accepted.ok) return accepted;
  if (accepted === null) storeWaiting(turn, letter);
  openTask(turn, task, { taskId: messageIdOf(body), requester, owner: owner.value, letter });
  return success(toReply(turn, role, messageIdOf(body), owner.value ?? undefined));
}

/** The best of those whose queues have room; null where nobody has the role. */
function choose(turn: Turn, sender: Instance | null, role: string, { bytes }: Letter): Result<Instance | null> {
  const candidates = candidatesFor(turn, role, sender ?? undefined);
  const refusals = candidates.map((candidate) => fullness(turn, candidate, bytes));
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

function toReply(turn: Turn, role: string, messageId: string, owner: Instance | undefined): object {
  if (owner === undefined) {
    const warning = `Nobody else has the role ${role} now; the task waits for the first who takes it.`;
    return { messageId, queued: true, to: `any:${role}`, role, warning };
  }
  const isQueued = !turn.links.isOnline(owner);
  const warning = `Nobody with the role ${role} is online; the task waits for ${owner.id}, or for another who comes.`;
  return { messageId, queued: isQueued, to: owner.id, role, ...(isQueued ? { warning } : {}) };
}
