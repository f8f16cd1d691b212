/** What the hub says of its own accord: messages like any other, from an id that nobody can take. They wait for who is away. */
import type { Failure } from "../../shared/errors.ts";
import { type SystemPart, systemId } from "../../shared/ids.ts";
import type { MessageType, Metadata } from "../../shared/message.ts";
import { compose } from "../compose.ts";
import { log } from "../log.ts";
import { accept } from "./accept.ts";
import { DISK_FULL } from "./room.ts";
import type { Instance } from "./store/instances.ts";
import type { Turn } from "./turn.ts";

export interface Notice {
  /** The part of the hub that speaks. */
  part: SystemPart;
  type: MessageType;
  content: string;
  replyToMessageId?: string;
  metadata?: Metadata;
}

/**
 * Tells an instance something. Who takes no more mail is not told, and while the disk is full nobody is. Returns why the hub
 * could not tell it.
 */
export function tellInstance(turn: Turn, recipient: Instance | undefined, { part, ...draft }: Notice): Failure | null {
  if (recipient === undefined) return null;
  if (!turn.hasRoom) return DISK_FULL;
  const author = { from: systemId(part), role: null };
  // H3: what the hub has to say, no pause holds.
  const letter = { ...compose(draft, author, recipient.id, turn.now), passes: true, isNotice: true };
  const told = accept(turn, letter, recipient);
  if (told.ok) return null;
  log("info", "an instance could not be told", { instance: recipient.id, part, code: told.code });
  return told;
}
