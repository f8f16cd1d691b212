/** Whether somebody watches the end of the feed, and what came since nobody did. */
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { MessageSignal } from "./message-store.ts";

export interface FeedAttention {
  readonly isPaused: ReadonlySignal<boolean>;
  /** The end of the list is on screen, or should be. */
  readonly isFollowing: ReadonlySignal<boolean>;
  /** What came since nobody watched. */
  readonly newCount: ReadonlySignal<number>;
  /** The first of it; it stays marked when somebody has come back. */
  readonly unreadFrom: ReadonlySignal<string | null>;
  note(fresh: readonly MessageSignal[]): void;
  setPaused(isPaused: boolean): void;
  setFollowing(isFollowing: boolean): void;
  forget(): void;
}

/** `isOnScreen`: the page that shows the feed is open, and can be seen. */
export function createFeedAttention(isOnScreen: ReadonlySignal<boolean>): FeedAttention {
  const isPaused = signal(false);
  const isFollowing = signal(true);
  const newCount = signal(0);
  const unreadFrom = signal<string | null>(null);
  const isWatched = computed(() => isFollowing.value && !isPaused.value && isOnScreen.value);
  effect(() => {
    if (isWatched.value) newCount.value = 0;
  });
  return {
    isPaused,
    isFollowing,
    newCount,
    unreadFrom,
    note(fresh) {
      if (isWatched.peek() || fresh.length === 0) return;
      if (newCount.peek() === 0) unreadFrom.value = fresh[0]?.peek().messageId ?? null;
      newCount.value += fresh.length;
    },
    setPaused(paused) {
      isPaused.value = paused;
    },
    setFollowing(following) {
      isFollowing.value = following;
    },
    forget() {
      newCount.value = 0;
      unreadFrom.value = null;
    },
  };
}
