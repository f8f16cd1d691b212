/** A message that is longer than one answer of a tool is given in parts: how far each was given. */
import type { DeliveredMessage } from "../protocol.ts";

/** Well below what a client shows whole, and few parts for the longest message (64 KiB). */
const PART_LENGTH = 24_000;

export class MessageParts {
  readonly #offsets = new Map<string, number>();

  /** The part that is due, whether it is the last, and what to call it where there are several. */
  partOf({ messageId, content }: DeliveredMessage): { part: string; isLast: boolean; note: string | undefined } {
    const offset = this.#offsets.get(messageId) ?? 0;
    const end = endOfPart(content, offset);
    const isLast = end === content.length;
    const count = Math.ceil(content.length / PART_LENGTH);
    const number = isLast ? count : Math.floor(offset / PART_LENGTH) + 1;
    const more = isLast ? "" : "; get_messages gives the next";
    return { part: content.slice(offset, end), isLast, note: count < 2 ? undefined : `${number} of ${count}${more}` };
  }

  lengthOf(message: DeliveredMessage): number {
    return this.partOf(message).part.length;
  }

  isLast(message: DeliveredMessage): boolean {
    return this.partOf(message).isLast;
  }

  /** The part that was due has been given. */
  advance({ messageId, content }: DeliveredMessage): void {
    const end = endOfPart(content, this.#offsets.get(messageId) ?? 0);
    if (end === content.length) this.#offsets.delete(messageId);
    else this.#offsets.set(messageId, end);
  }

  /** A part that was given did not arrive: the message begins anew. */
  restart({ messageId }: DeliveredMessage): void {
    this.#offsets.delete(messageId);
  }
}

/** A part never ends within a character. */
function endOfPart(content: string, offset: number): number {
  const end = Math.min(offset + PART_LENGTH, content.length);
  return end < content.length && /[\ud800-\udbff]/.test(content[end - 1] ?? "") ? end - 1 : end;
}
