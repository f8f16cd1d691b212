/** The rows of the feed: a bounded part of history that ends with the newest message, unless somebody went far up. */
import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { MessagePage } from "../../../shared/history.ts";
import type { MessageSignal, MessageStore } from "./message-store.ts";

/** What one tab holds; beyond it the end that nobody looks at goes, and is read again when it is wanted. */
export const FEED_MAX_ROWS = 10_000;
/** As many as go at once, so that not every message moves the whole list. */
const DROP_ROWS = 500;
/** What is new can be told twice only by what came last. */
const RECENT_ROWS = 200;

export interface FeedWindow {
  /** Oldest first. */
  readonly rows: ReadonlySignal<readonly MessageSignal[]>;
  readonly hasOlder: ReadonlySignal<boolean>;
  /** Whether all that came is here or held back; otherwise the newest page must be read again. */
  reachesEnd(): boolean;
  /** Grows when the rows are no longer a continuation of what they were: a page that was asked for before fits no more. */
  epoch(): number;
  /** What to ask history for next: where the last page ended, or everything before a moment. null without any row. */
  nextOlder(): { cursor: string } | { before: string } | null;
  /** The newest page: joined to what is there when they overlap, in place of it otherwise. Gives what was not there. */
  takeNewest(page: MessagePage): MessageSignal[];
  /** The rows end somewhere in the middle of history. */
  detach(areOlder: boolean): void;
  /** Before a page of so many older ones is asked for: so far the newest go. Never in one step with what comes. */
  makeRoom(count: number): void;
  takeOlder(page: MessagePage): void;
  /** New at the end. `isHeld`: kept back until `release`. `isStill`: the oldest must stay, since somebody reads them. */
  append(fresh: readonly MessageSignal[], how: { isHeld: boolean; isStill: boolean }): void;
  /** Shows what was kept back. */
  release(): void;
  isRecent(row: MessageSignal): boolean;
  empty(): void;
}

export function createFeedWindow(messages: MessageStore): FeedWindow {
  const rows = signal<readonly MessageSignal[]>([]);
  const hasOlder = signal(false);
  /** Kept back; undefined once the rows do not reach to the newest message any more. */
  let held: MessageSignal[] | undefined = [];
  let cursor: string | undefined;
  let epoch = 0;

  function setOlder(next: string | undefined): void {
    cursor = next;
    hasOlder.value = next !== undefined;
  }

  function extend(fresh: readonly MessageSignal[]): void {
    const all = [...rows.peek(), ...fresh];
    if (all.length <= FEED_MAX_ROWS) {
      rows.value = all;
      return;
    }
    rows.value = all.slice(all.length - FEED_MAX_ROWS + DROP_ROWS);
    cursor = undefined;
    hasOlder.value = true;
  }

  return {
    rows,
    hasOlder,
    reachesEnd: () => held !== undefined,
    epoch: () => epoch,
    nextOlder() {
      const oldest = rows.peek()[0];
      if (oldest === undefined || !hasOlder.peek()) return null;
      return cursor === undefined ? { before: justAfter(oldest.peek().timestamp) } : { cursor };
    },
    takeNewest(page) {
      const before = rows.peek();
      const fresh = messages.putAll(page.items.toReversed());
      const isInPage = (row: MessageSignal) => fresh.includes(row);
      const overlap = held === undefined ? -1 : before.findIndex(isInPage);
      // History may be a moment behind the stream.
      const newestAt = page.items[0]?.timestamp ?? "";
      const later = before.filter((row) => row.peek().timestamp > newestAt && !isInPage(row));
      held = [];
      if (overlap === -1) {
        epoch++;
        setOlder(page.nextCursor);
      }
      rows.value = [...(overlap === -1 ? [] : before.slice(0, overlap)), ...fresh, ...later];
      return overlap === -1 ? [] : fresh.filter((row) => !before.includes(row));
    },
    detach(areOlder) {
      held = undefined;
      cursor = undefined;
      hasOlder.value = areOlder;
    },
    takeOlder(page) {
      const known = new Set(rows.peek().map((row) => row.peek().messageId));
      const older = messages.putAll(page.items.filter(({ messageId }) => !known.has(messageId)).toReversed());
      setOlder(page.nextCursor);
      rows.value = [...older, ...rows.peek()];
    },
    makeRoom(count) {
      const all = rows.peek();
      if (all.length + count <= FEED_MAX_ROWS) return;
      // The list keeps its place by how many more rows it has: with others gone at once, it would show the wrong ones, or none.
      rows.value = all.slice(0, FEED_MAX_ROWS - count);
      held = undefined;
    },
    append(fresh, { isHeld, isStill }) {
      if (held === undefined || fresh.length === 0) return;
      if (isHeld || (isStill && rows.peek().length + fresh.length > FEED_MAX_ROWS)) {
        held = held.length + fresh.length > FEED_MAX_ROWS ? undefined : [...held, ...fresh];
      } else extend(fresh);
    },
    release() {
      const waiting = held ?? [];
      held &&= [];
      if (waiting.length > 0) extend(waiting);
    },
    isRecent: (row) => rows.peek().slice(-RECENT_ROWS).includes(row),
    empty() {
      epoch++;
      batch(() => {
        rows.value = [];
        held = [];
        setOlder(undefined);
      });
    },
  };
}

/** `before:` leaves its moment out, and messages of one millisecond may lie on both sides of a page's end. */
function justAfter(timestamp: string): string {
  return new Date(Date.parse(timestamp) + 1).toISOString();
}
