/** Threads, newest activity first, as far as one has paged, and kept true while they grow. */
import { createModel, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { ThreadPage, ThreadSummary } from "../../../shared/history.ts";
import type { Hub } from "../adapter/hub.ts";
import { followStream } from "./follow-stream.ts";
import { withLocalDays } from "./local-days.ts";
import { createRefresher, failed, LOADING, type Loading, READY } from "./refresher.ts";

const PAGE_SIZE = 50;
/** In traffic, how often the first page is read again. */
const REFRESH_PAUSE_MS = 1_000;

export interface ThreadFilter {
  /** In the language of the journal's search. */
  q: ReadonlySignal<string>;
  isUnanswered: ReadonlySignal<boolean>;
}

export interface Conversations {
  threads: ReadonlySignal<readonly ThreadSummary[]>;
  loading: ReadonlySignal<Loading>;
  hasMore: ReadonlySignal<boolean>;
  isLoadingMore: ReadonlySignal<boolean>;
  loadMore(): Promise<void>;
  reload(): void;
}

export const ConversationsModel = createModel((hub: Hub, filter: ThreadFilter): Conversations => {
  const threads = signal<readonly ThreadSummary[]>([]);
  const loading = signal<Loading>(LOADING);
  const cursor = signal<string | undefined>(undefined);
  const hasMore = signal(false);
  const isLoadingMore = signal(false);
  /** Grows with each change of the filter: an answer to an earlier one is late. */
  let generation = 0;

  const readPage = (from?: string) =>
    hub.rest.get<ThreadPage>("/api/threads", {
      query: {
        q: withLocalDays(filter.q.peek(), Date.now()),
        unanswered: filter.isUnanswered.peek() || undefined,
        limit: PAGE_SIZE,
        cursor: from,
      },
    });

  const refresher = createRefresher(async () => {
    const asked = generation;
    try {
      const page = await readPage();
      if (asked !== generation) return;
      const isFirst = loading.peek().kind !== "ready";
      const rest = isFirst ? [] : olderThan(page, threads.peek());
      threads.value = [...page.items, ...rest];
      if (rest.length === 0) setCursor(page.nextCursor);
      loading.value = READY;
      if (page.isBehind) refresher.soon();
    } catch (error) {
      if (asked === generation) loading.value = failed(error);
    }
  }, REFRESH_PAUSE_MS);

  const setCursor = (next: string | undefined) => {
    cursor.value = next;
    hasMore.value = next !== undefined;
  };

  effect(() => {
    // Read for the effect to run when they change.
    void [filter.q.value, filter.isUnanswered.value];
    generation++;
    loading.value = LOADING;
    void refresher.now();
  });
  followStream(hub, {
    onEvents(events) {
      if (events.some(({ event }) => event === "message:sent")) refresher.soon();
    },
    onGap: refresher.soon,
    onEnd: refresher.stop,
  });

  return {
    threads,
    loading,
    hasMore,
    isLoadingMore,
    async loadMore() {
      const from = cursor.peek();
      if (from === undefined || isLoadingMore.peek()) return;
      const asked = generation;
      isLoadingMore.value = true;
      try {
        const page = await readPage(from);
        if (asked !== generation) return;
        const known = new Set(threads.peek().map(({ rootId }) => rootId));
        threads.value = [...threads.peek(), ...page.items.filter(({ rootId }) => !known.has(rootId))];
        setCursor(page.nextCursor);
      } catch (error) {
        loading.value = failed(error);
      } finally {
        isLoadingMore.value = false;
      }
    },
    reload: () => void refresher.now(),
  };
});

/**
 * What was paged in before and stands below the page that was just read. Nothing, where the page does not reach what is
 * known: there may be others in between, and its cursor leads to them.
 */
function olderThan(page: ThreadPage, known: readonly ThreadSummary[]): ThreadSummary[] {
  const end = page.items.at(-1);
  if (end === undefined || page.nextCursor === undefined) return [];
  const reaches = known.some(({ rootId, last }) => rootId === end.rootId && last.messageId === end.last.messageId);
  const fresh = new Set(page.items.map(({ rootId }) => rootId));
  return reaches ? known.filter(({ rootId }) => !fresh.has(rootId)) : [];
}
