/** Deletes one message: out of the queue where it still waits, out of its topic's history, and by an event out of the journal. */
import { type Failure, failure, type Result, success } from "../../shared/errors.ts";
import { digestOf } from "../content-digest.ts";
import { isoTime } from "../iso-time.ts";
import { keeperRefusal, type Principal } from "../principal.ts";
import type { MessageParties } from "../rpc-types.ts";
import { endDeliveries } from "./end-deliveries.ts";
import { isDeadLetter, isOpen } from "./store/delivery-state.ts";
import type { StoredMessage } from "./store/messages.ts";
import { forgetMessage } from "./tasks/follow-up.ts";
import type { Turn } from "./turn.ts";

const DELETED = "it was deleted";

/**
 * Does `DELETE /api/messages/:id`, for admins and who answers for its sender or its recipient. `told` is what history knows of
 * it: the store forgets sooner. What stays here is the id with a digest, so that a sender that tries again creates no second one.
 */
export function deleteMessage(turn: Turn, messageId: string, by: Principal, told: MessageParties | null): Result<null> {
  const found = turn.store.messages.find(messageId);
  // An id that history has twice names here what came last.
  const stored = found !== undefined && (told === null || told.from === found.sender) ? found : undefined;
  const parties = partiesOf(turn, stored, told);
  if (parties === null) return failure("not_found", `There is no message ${messageId}.`);
  const refusal = refusalOf(by, parties.keepers);
  if (refusal !== null) return refusal;
  if (stored !== undefined) take(turn, stored);
  forgetMessage(turn, messageId);
  turn.tell({ event: "message:deleted", timestamp: isoTime(turn.now), messageId, from: parties.from });
  return success(null);
}

/** Who sent it, and who may delete it: a publication or broadcast is its sender's alone. */
function partiesOf({ store }: Turn, stored: StoredMessage | undefined, told: MessageParties | null) {
  if (stored === undefined) return told === null ? null : { from: told.from, keepers: [told.from, told.to] };
  const owners = stored.isPublication
    ? []
    : store.deliveries.listOf(stored.position).map(({ owner }) => store.instances.idOf(owner));
  return { from: stored.sender, keepers: [stored.sender, ...owners] };
}

function refusalOf(by: Principal, keepers: readonly string[]): Failure | null {
  const refusals = keepers.map((id) => keeperRefusal(by, id));
  return refusals.includes(null) ? null : (refusals[0] ?? null);
}

function take(turn: Turn, { position, body }: StoredMessage): void {
  const { deliveries, instances, messages } = turn.store;
  const open = deliveries.listOf(position).filter(({ state }) => isOpen(state));
  for (const [number, rows] of Map.groupBy(open, ({ owner }) => owner)) {
    const owner = instances.byNumber(number);
    if (owner !== undefined) endDeliveries(turn, owner, rows, "removed", DELETED);
  }
  const dead = deliveries.listOf(position).filter(({ state }) => isDeadLetter(state));
  for (const [owner, rows] of Map.groupBy(dead, (row) => row.owner)) {
    deliveries.transition("drop", owner, rows, turn.now, DELETED);
  }
  if (body !== null) messages.dropBodies([[position, digestOf(body)]]);
  messages.leaveTopic(position);
}
