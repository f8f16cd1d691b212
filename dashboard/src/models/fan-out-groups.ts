/** Messages that were one when they were sent: a message for a role reaches each that has it under an id of its own (M3). */
import type { Message } from "../../../shared/message.ts";
import type { MessageSignal } from "./message-store.ts";

/** Where an id says its version: copies have 5, which no sender may bring. */
const VERSION_AT = 14;

type Sent = Pick<Message, "messageId" | "from" | "role" | "type" | "timestamp" | "content">;

/** Whether it is one of those that a message for everyone with a role became. */
export function isRoleCopy({ messageId, role }: Pick<Message, "messageId" | "role">): boolean {
  return role !== undefined && messageId[VERSION_AT] === "5";
}

/** Whether each recipient got a copy under an id of its own (M3), which answers then name. */
export function isFannedOut({ topicName, to }: Pick<Message, "topicName" | "to">): boolean {
  return topicName !== undefined || to === "broadcast";
}

export interface Grouped<T> {
  /** In their order: what is alone, and the first of each group. */
  heads: readonly T[];
  /** The members of each group of several, the head among them. */
  membersOf: ReadonlyMap<T, readonly T[]>;
}

/** Puts what belongs together under the first of it, whether all of it is here or not. */
export function groupFanOuts<T>(items: readonly T[], messageOf: (item: T) => Sent): Grouped<T> {
  const membersOf = new Map<T, T[]>();
  /** The heads of each moment; several where one sender said several things in it. */
  const known = new Map<string, T[]>();
  const heads: T[] = [];
  for (const item of items) {
    const message = messageOf(item);
    if (!isRoleCopy(message)) {
      heads.push(item);
      continue;
    }
    const key = `${message.from} ${message.role} ${message.type} ${message.timestamp}`;
    const candidates = known.get(key) ?? [];
    const head = candidates.find((candidate) => messageOf(candidate).content === message.content);
    if (head === undefined) {
      heads.push(item);
      known.set(key, [...candidates, item]);
      continue;
    }
    const members = membersOf.get(head);
    if (members === undefined) membersOf.set(head, [head, item]);
    else members.push(item);
  }
  return { heads: heads.length === items.length ? items : heads, membersOf };
}

/** The rows of a feed. Content and sender of a message never change, so it is enough to look when rows come and go. */
export function groupRows(rows: readonly MessageSignal[]): Grouped<MessageSignal> {
  return groupFanOuts(rows, (row) => row.peek());
}
