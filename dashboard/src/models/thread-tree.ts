/** How a thread's messages stand under one another. */
import type { Message } from "../../../shared/message.ts";
import { groupFanOuts, isFannedOut } from "./fan-out-groups.ts";

/** The deepest that a row is drawn; deeper ones stand there too and name what they answer. */
export const INDENT_MAX = 6;

export interface ThreadRow<M> {
  message: M;
  /** How many messages are above it, the root's being 0. */
  depth: number;
  /** Steps to the right. */
  indent: number;
  /** The message it answers, where the row above it is another one. */
  answers: M | undefined;
  /** Of a message for a role, those of its recipients that are in this thread; undefined of what is alone. */
  members: readonly M[] | undefined;
}

type Node = Pick<
  Message,
  "messageId" | "replyToMessageId" | "type" | "timestamp" | "topicName" | "to" | "from" | "role" | "content"
>;

/**
 * Every message below the one that it answers, the oldest answer first. A message whose parent is not among them answers a
 * copy of the latest publication before it, or else begins a tree of its own. An exchange between two stays in one column: only where a message has several answers that are more than
 * an ack do these step to the right, so that a long talk does not run out of the page. A message for a role is one row, below
 * which stands what any of its recipients answered.
 */
export function layOutThread<M extends Node>(messages: readonly M[]): ThreadRow<M>[] {
  const { heads, membersOf } = groupFanOuts(messages.toSorted(byTime), (message) => message);
  const headOf = new Map(
    [...membersOf].flatMap(([head, members]) => members.map(({ messageId }) => [messageId, head.messageId] as const)),
  );
  const answersOf = groupAnswers(heads, headOf);
  const rows: ThreadRow<M>[] = [];
  // A stack and not a recursion: nothing bounds how deep a thread may be.
  const waiting = (answersOf.get("") ?? [])
    .toReversed()
    .map((message) => ({ message, parent: undefined as Parent<M> }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { message } = next;
    const answers = answersOf.get(message.messageId) ?? [];
    const row = { ...placeRow(message, next.parent, rows.at(-1)), members: membersOf.get(message) };
    rows.push(row);
    const step = row.depth === 0 || answers.filter(({ type }) => type !== "ack").length > 1 ? 1 : 0;
    const indent = Math.min(row.indent + step, INDENT_MAX);
    waiting.push(...answers.toReversed().map((answer) => ({ message: answer, parent: { row, indent } })));
  }
  return rows;
}

/** By the id of the message that they answer; "" for those that begin a tree. */
function groupAnswers<M extends Node>(messages: readonly M[], headOf: ReadonlyMap<string, string>): Map<string, M[]> {
  const known = new Set(messages.map(({ messageId }) => messageId));
  let publication = "";
  return Map.groupBy(messages, (message) => {
    const named = message.replyToMessageId;
    const replyToMessageId = named === undefined ? undefined : (headOf.get(named) ?? named);
    const parent = replyToMessageId === undefined ? "" : known.has(replyToMessageId) ? replyToMessageId : publication;
    if (isFannedOut(message)) publication = message.messageId;
    return parent;
  });
}

/** The row above in the tree, and where its answers stand. */
type Parent<M> = { row: ThreadRow<M>; indent: number } | undefined;

type Place<M> = Omit<ThreadRow<M>, "members">;

function placeRow<M>(message: M, parent: Parent<M>, above: ThreadRow<M> | undefined): Place<M> {
  if (parent === undefined) return { message, depth: 0, indent: 0, answers: undefined };
  const answers = parent.row === above ? undefined : parent.row.message;
  return { message, depth: parent.row.depth + 1, indent: parent.indent, answers };
}

function byTime(a: Node, b: Node): number {
  return a.timestamp.localeCompare(b.timestamp) || a.messageId.localeCompare(b.messageId);
}
