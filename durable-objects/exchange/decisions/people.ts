/** Who has to do with a decision, under the ids that they have by now. */
import { type Failure, failure } from "../../../shared/errors.ts";
import { isInPattern } from "../../../shared/keys.ts";
import type { Principal } from "../../principal.ts";
import type { OpenDecision, StoredDecision } from "../store/decisions.ts";
import type { Instance } from "../store/instances.ts";
import type { Store } from "../store/store.ts";
import type { Turn } from "../turn.ts";

/** Who asked: whoever takes the mail of the id that did (A4); undefined for one that was removed. */
export function askerOf({ instances }: Pick<Store, "instances">, { asker }: OpenDecision): Instance | undefined {
  const instance = instances.byNumber(asker);
  return instance && instances.current(instance);
}

/** The id to tell of who asked; "" where that is forgotten. */
export function askerIdOf(store: Pick<Store, "instances">, decision: OpenDecision): string {
  return askerOf(store, decision)?.id ?? store.instances.idOf(decision.asker);
}

/** What a person is called by whom others hear of them. */
export function nameOf({ name }: Principal): string {
  return name ?? "somebody with the hub's key";
}

/**
 * Why somebody may not answer a decision; null where they may. A question is for any member. An approval is for keys of scope
 * approver, and for these alone: an admin's key is what sessions have on most hubs. What can be told of a session that would
 * answer itself is refused, too.
 */
export function answerRefusal(turn: Turn, decision: StoredDecision, by: Principal): Failure | null {
  const asker = askerIdOf(turn.store, decision);
  const isOwn = isOwnKey(turn, decision, by, asker);
  if (decision.kind === "question") return isOwn && by.sessionId === undefined ? OWN_QUESTION : null;
  if (by.scope !== "approver") {
    return failure(
      "forbidden",
      `Approvals are answered with a key of scope approver, and yours is of scope ${by.scope}: an admin mints one for you (cc2cc keys mint NAME --scope approver), and you sign in with it.`,
    );
  }
  if (by.pattern !== null && !isInPattern(by.pattern, asker)) {
    return failure("forbidden", `This key approves for ${by.pattern}, and ${asker} asks.`);
  }
  return isOwn ? OWN_APPROVAL : null;
}

const OWN_QUESTION = failure(
  "forbidden",
  "This key is that of the session that asks, which cannot answer itself: answer in the dashboard, or with another key.",
);
const OWN_APPROVAL = failure(
  "forbidden",
  "The session that asks is connected with this very key, and cannot approve what it does: give the session another key.",
);

/** Whether a key is known to be that of the session that asks: a member's key is for it, or an approver's key let it in. */
function isOwnKey({ links, store }: Turn, decision: StoredDecision, by: Principal, asker: string): boolean {
  if (by.scope !== "approver") return by.pattern !== null && isInPattern(by.pattern, asker);
  return by.keyId === decision.askedWith || by.keyId === links.of(askerOf(store, decision))?.principal.keyId;
}
