/** What stands on the lanes of a session's timeline: bars and marks with their words. */

import type { MessageRecord } from "../../../../shared/history.ts";
import { isEnded } from "../../../../shared/task-state.ts";
import type { Task } from "../../../../shared/tasks.ts";
import { contextHref, threadHref } from "../../links.ts";
import { firstLine } from "../../models/first-line.ts";
import type { TimelineData } from "../../models/session-timeline.ts";
import type { Stretch } from "../../models/time-span.ts";

export interface Mark {
  key: string;
  fromAt: number;
  toAt: number;
  /** By which it is coloured. */
  tone: string;
  /** All there is to say of it. */
  words: string;
  href?: string;
}

/** So many marks stand beside each other at most: what is nearer becomes one. */
export const SLOTS = 160;
const TEXT_MAX_LENGTH = 120;

/** Messages of one direction as marks, the oldest first. */
export function messageMarks(
  messages: readonly MessageRecord[],
  instanceId: string,
  isSent: boolean,
  { fromAt, toAt }: Stretch,
): Mark[] {
  const slotMs = (toAt - fromAt) / SLOTS;
  const own = messages.filter(({ from }) => (from === instanceId) === isSent).toReversed();
  const slots = Map.groupBy(own, ({ timestamp }) => Math.floor((Date.parse(timestamp) - fromAt) / slotMs));
  return [...slots.values()].flatMap((group) => {
    const [first] = group;
    const last = group.at(-1);
    if (first === undefined || last === undefined) return [];
    const mark = { key: first.messageId, fromAt: Date.parse(first.timestamp), toAt: Date.parse(last.timestamp) };
    if (group.length === 1)
      return [{ ...mark, tone: first.type, words: wordsOf(first, isSent), href: contextHref(first.messageId) }];
    const q = `${isSent ? "from" : "to"}:"${instanceId}" after:${first.timestamp} before:${new Date(mark.toAt + 1).toISOString()}`;
    return [
      {
        ...mark,
        tone: first.type,
        words: `${group.length} messages ${isSent ? "sent" : "received"}, ${timeOf(mark.fromAt)} to ${timeOf(mark.toAt)}. The first: ${wordsOf(first, isSent)}`,
        href: `/?${new URLSearchParams({ q })}`,
      },
    ];
  });
}

export function taskMark(task: Task, { toAt }: Stretch): Mark {
  const endAt = isEnded(task.state) ? Date.parse(task.changedAt) : toAt;
  const openedAt = Date.parse(task.openedAt);
  const end = isEnded(task.state)
    ? `, ${task.state} ${timeOf(endAt)}`
    : `, ${task.state} since ${timeOf(Date.parse(task.changedAt))}`;
  return {
    key: task.taskId,
    fromAt: openedAt,
    toAt: endAt,
    tone: isEnded(task.state) ? task.state : "open",
    words: `Task “${task.title}” of ${task.requester}: opened ${timeOf(openedAt)}${end}${task.note === undefined ? "" : ` (${task.note})`}`,
    href: threadHref(task.taskId),
  };
}

/** The most that waited, as points of a line: per cent of the span, and of the most. */
export function queueLine({ queue, stretch }: TimelineData): { points: string; most: number } {
  const known = queue.flatMap(({ at, depth }) => (depth === null ? [] : { at, depth }));
  const most = known.reduce((max, { depth }) => Math.max(max, depth), 0);
  const length = stretch.toAt - stretch.fromAt;
  const xOf = (at: number) => (Math.max(0, at - stretch.fromAt) / length) * 100;
  const points = known.map(
    ({ at, depth }) => `${xOf(at).toFixed(2)},${(100 - (depth / Math.max(most, 1)) * 100).toFixed(1)}`,
  );
  return { points: points.join(" "), most };
}

const TIME = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

export function timeOf(at: number): string {
  return TIME.format(at);
}

function wordsOf(message: MessageRecord, isSent: boolean): string {
  const who = isSent ? `to ${message.to}` : `from ${message.from}`;
  return `${message.type} ${who}, ${timeOf(Date.parse(message.timestamp))}: ${firstLine(message.content, TEXT_MAX_LENGTH)}`;
}
