/** Says so where an answer names a message that the hub does not know: whoever waits for it under its id waits in vain (E6). */
import { type Result, success } from "../../shared/errors.ts";
import type { Link } from "./links.ts";
import type { Turn } from "./turn.ts";

/** Copies have ids of version 5: those of broadcasts stand nowhere. */
const VERSION_AT = 14;

/** Adds to what was accepted that the message which it answers is not known. v1 clients have their old replies. */
export function withReplyWarning(
  turn: Turn,
  link: Link,
  replyTo: string | undefined,
  result: Result<object>,
): Result<object> {
  if (replyTo === undefined || !result.ok || link.version === 1 || isKnown(turn, link, replyTo)) return result;
  const unknown = `The hub does not know a message ${replyTo} (any more); check the id: nobody may be waiting for this answer.`;
  const { warning } = result.value as { warning?: string };
  return success({
    ...result.value,
    replyToUnknown: true,
    warning: warning === undefined ? unknown : `${warning} ${unknown}`,
  });
}

function isKnown({ store }: Turn, link: Link, messageId: string): boolean {
  // Most answers are to what the client was just given.
  if (link.inFlight.has(messageId) || messageId[VERSION_AT] === "5") return true;
  return store.messages.has(messageId) || store.broadcasts.has(messageId) || store.tasks.has(messageId);
}
