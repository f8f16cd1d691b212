import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { VirtualizerHandle } from "virtua";
import type { MessageSignal } from "../../models/message-store.ts";
import { useModels } from "../../models/models.ts";

/** So near to the end counts as the end: a row that is still growing must not stop the following. */
const END_PX = 48;
/** Older messages are read before somebody reaches the first. */
const OLDER_PX = 600;

export interface FollowEnd {
  onScroll(offset: number): void;
  onResize(): void;
  /** Somebody moves the list: only from then on a step up means that they want to stay there. */
  onTouch(): void;
  /** Somebody opens a long message: its beginning stays where it is, and the end goes away from it. */
  onOpen(message: Element): void;
}

/** Keeps the list at its end until somebody scrolls up, and asks for older messages near its beginning. */
export function useFollowEnd(
  scroller: RefObject<HTMLElement | null>,
  list: RefObject<VirtualizerHandle | null>,
  rows: readonly MessageSignal[],
  headPx: number,
): FollowEnd {
  const { feed } = useModels();
  const lastOffset = useRef(0);
  const isTouched = useRef(false);
  const isFollowing = useRef(true);
  const latestRequest = feed.latestRequests.value;

  const { at } = feed.filter.value;
  const toMessage = () =>
    list.current?.scrollToIndex(
      rows.findIndex((row) => row.peek().messageId === at),
      { align: "center" },
    );
  // The list's own way to its end goes there again whenever a row is measured in the next 150 ms, also under a hand that scrolls up.
  const toEnd = () => {
    const { current } = scroller;
    if (current !== null) current.scrollTop = current.scrollHeight;
  };
  const follow = (follows: boolean) => {
    isFollowing.current = follows;
    feed.setFollowing(follows);
  };
  const loadNearStart = () => {
    if ((list.current?.scrollOffset ?? OLDER_PX) < OLDER_PX) void feed.loadOlder();
  };
  useLayoutEffect(() => {
    if (isFollowing.current) toEnd();
  }, [rows]);
  useLayoutEffect(() => {
    follow(at === "");
    if (at === "") toEnd();
    else toMessage();
  }, [latestRequest]);
  useLayoutEffect(() => () => feed.setFollowing(true), []);

  return {
    onScroll(offset) {
      const handle = list.current;
      if (handle === null) return;
      const left = handle.scrollSize + headPx - offset - handle.viewportSize;
      // Only a person scrolls up; rows that grow push the end away without one.
      if (left <= END_PX) follow(at === "");
      else if (offset < lastOffset.current - 1 && isTouched.current) follow(false);
      lastOffset.current = offset;
      loadNearStart();
    },
    onResize() {
      // Once the list has drawn what it has measured.
      if (isFollowing.current) queueMicrotask(() => isFollowing.current && toEnd());
      else if (at !== "" && !isTouched.current) toMessage();
    },
    onOpen(message) {
      follow(false);
      const top = topOf(message);
      // The list keeps its distance from the end where older messages were the last that came: by then it has done so.
      afterResizing(() => list.current?.scrollBy(topOf(message) - top));
    },
    onTouch() {
      isTouched.current = true;
      // At the very beginning nothing scrolls any more that could ask.
      loadNearStart();
    },
  };
}

function topOf(element: Element): number {
  return element.getBoundingClientRect().top;
}

/** What changes its size is measured in the next frame, and moved by the end of it. */
function afterResizing(run: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(run));
}
