/** What the hub says of its own accord: messages like any other, from an id that nobody can take. They wait for who is away. */
import { type SystemPart, systemId } from "../../shared/ids.ts";
import type { MessageType } from "../../shared/message.ts";
import { compose } from "../compose.ts";
import { log } from "../log.ts";
import { accept } from "./accept.ts";
import type { Instance } from "./store/instances.ts";
import type { Turn } from "./turn.ts";

export interface Notice {
  /** The part of the hub that speaks. */
  part: SystemPart;
  type: MessageType;
  content: string;
  replyToMessageId?: string;
}

/** Tells an instance something. Who takes no more mail is not told, and while the disk is full nobody is. */
export function tellInstance(turn: Turn, recipient: Instance | undefined, { part, ...draft }: Notice): void {
  if (recipient === undefined || !turn.hasRoom) return;
  const author = { from: systemId(part), role: null };
  // H3: what the hub has to say, no pause holds.
  const letter = { ...compose(draft, author, recipient.id, turn.now), passes: true };
  const told = accept(turn, letter, recipient);
  if (!told.ok) log("info", "an instance could not be told", { instance: recipient.id, part, code: told.code });
}
