/** A peer answers no decision: what anyone sends as an answer to one is refused, and so is a message under its id (H1). */
import { type Failure, failure } from "../../../shared/errors.ts";
import { messageIdOf } from "../../envelope.ts";
import { reusedId } from "../accept.ts";
import type { Store } from "../store/store.ts";

/** Why a message may not be sent; null for nearly all. Costs a look into a set in memory. */
export function decisionRefusal(
  { decisions }: Pick<Store, "decisions">,
  replyTo: string | undefined,
  body: string,
): Failure | null {
  if (decisions.isEmpty) return null;
  if (replyTo !== undefined && decisions.has(replyTo)) {
    return failure(
      "forbidden",
      `${replyTo} is a decision that a person gives in the Inbox of the dashboard, or by cc2cc inbox; no session can answer it. Send what you have to say to its asker as a message of its own.`,
    );
  }
  const messageId = messageIdOf(body);
  return decisions.has(messageId) ? reusedId(messageId) : null;
}
