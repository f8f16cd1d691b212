/** The live feed: the newest messages that match, older ones on demand, and what is new since somebody looked. */
import { batch, computed, createModel, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { MessagePage } from "../../../shared/history.ts";
import { PAGE_MAX } from "../../../shared/limits.ts";
import type { Hub } from "../adapter/hub.ts";
import { RestProblem } from "../adapter/rest.ts";
import type { Surroundings } from "../adapter/surroundings.ts";
import type { UrlState } from "../url-state.ts";
import { createCatchUp } from "./catch-up.ts";
import { type FeedFilter, isMatch, queryOf } from "./feed-filter.ts";
import { type MessageSignal, type MessageStore, messageIdOf } from "./message-store.ts";
import type { Outbox } from "./outbox.ts";

/** What one tab holds; beyond it the end that nobody looks at goes, and is read again when it is wanted. */
export const FEED_MAX_ROWS = 10_000;
/** As many as go at once, so that not every message moves the whole list. */
const DROP_ROWS = 500;
const PAGE_ROWS = 100;
/** Whoever scrolls up wants more than whoever just came. */
const OLDER_ROWS = PAGE_MAX;
/** What a search finds is asked anew when something happened, and history while it catches up, not more often than this. */
const RELOAD_PAUSE_MS = 1_000;

export type FeedStatus =
  | { kind: "loading" }
  | { kind: "ready" }
  | { kind: "failed"; error: string; isQueryWrong: boolean };

export interface Feed {
  /** Oldest first; this tab's own that are under way come last. */
  rows: ReadonlySignal<readonly MessageSignal[]>;
  filter: ReadonlySignal<FeedFilter>;
  /** Anything but everything is shown. */
  isFiltered: ReadonlySignal<boolean>;
  status: ReadonlySignal<FeedStatus>;
  hasOlder: ReadonlySignal<boolean>;
  isLoadingOlder: ReadonlySignal<boolean>;
  isPaused: ReadonlySignal<boolean>;
  /** What came since nobody looked at the end of the feed. */
  newCount: ReadonlySignal<number>;
  /** The first message that came since then: where the divider stands. */
  unreadFrom: ReadonlySignal<string | null>;
  loadOlder(): Promise<void>;
  reload(): Promise<void>;
  setPaused(isPaused: boolean): void;
  /** The list says whether its end is on screen. */
  setFollowing(isFollowing: boolean): void;
  /** Somebody scrolled up, so new messages do not move what they read. */
  isAway: ReadonlySignal<boolean>;
  /** Makes the rows end with the newest message again, and asks the list to show it. */
  showLatest(): void;
  /** Grows when the list should go to its end. */
  latestRequests: ReadonlySignal<number>;
  /** Whoever signs in next starts with nothing. */
  clear(): void;
}

export const FeedModel = createModel(
  (hub: Hub, url: UrlState, messages: MessageStore, outbox: Outbox, surroundings: Surroundings): Feed => {
    const params = {
      q: url.param("q"),
      type: url.param("type"),
      instance: url.param("instance"),
      topic: url.param("topic"),
    };
    const isHere = computed(() => url.path.value === "/");
    // Another page's query string says nothing of the feed, which goes on behind it as it was.
    let lastFilter: FeedFilter = { text: "", type: "", instance: "", topic: "" };
    const filter = computed<FeedFilter>(() => {
      if (isHere.value) {
        const { q, type, instance, topic } = params;
        lastFilter = { text: q.value.trim(), type: type.value, instance: instance.value, topic: topic.value };
      }
      return lastFilter;
    });
    const query = computed(() => queryOf(filter.value));
    const told = signal<readonly MessageSignal[]>([]);
    const status = signal<FeedStatus>({ kind: "loading" });
    const hasOlder = signal(false);
    const isLoadingOlder = signal(false);
    const isPaused = signal(false);
    const isFollowing = signal(true);
    const newCount = signal(0);
    const latestRequests = signal(0);
    const unreadFrom = signal<string | null>(null);
    const isWatched = computed(
      () => isFollowing.value && !isPaused.value && surroundings.isVisible.value && isHere.value,
    );
    /** Came while paused; undefined once the rows do not reach to the newest message any more. */
    let held: MessageSignal[] | undefined = [];
    let cursor: string | undefined;
    /** Answers to what is not asked any more are dropped. */
    let generation = 0;
    let isReloadPlanned = false;
    const catchUp = createCatchUp<MessageSignal>();
    /** What the rows are the answer to; null before the first reading. */
    let shownQuery: string | null = null;

    const readPage = (limit: number, more: { cursor?: string; before?: string } = {}) => {
      const { before, ...rest } = more;
      const q = [query.peek(), before === undefined ? "" : `before:${before}`].join(" ").trim();
      return hub.rest.get<MessagePage>("/api/messages", { query: { q, limit, ...rest } });
    };

    async function reload(): Promise<void> {
      const mine = ++generation;
      try {
        const { result, missed } = await catchUp.during(() => readPage(PAGE_ROWS));
        if (mine !== generation) return;
        batch(() => {
          takeNewest(result);
          if (filter.peek().text === "") append(missed.filter(isWanted));
        });
        if (result.isBehind) reloadSoon();
      } catch (error) {
        if (mine === generation) status.value = failureOf(error);
      }
    }

    /** The newest page: joined to what is there when they overlap, in place of it otherwise. */
    function takeNewest(page: MessagePage): void {
      const rows = told.peek();
      const fresh = messages.putAll(page.items.toReversed());
      const isInPage = (row: MessageSignal) => fresh.includes(row);
      const first = held === undefined ? -1 : rows.findIndex(isInPage);
      // History may be a moment behind the stream.
      const newestAt = page.items[0]?.timestamp ?? "";
      const later = rows.filter((row) => row.peek().timestamp > newestAt && !isInPage(row));
      held = [];
      status.value = { kind: "ready" };
      if (first === -1) {
        cursor = page.nextCursor;
        hasOlder.value = page.nextCursor !== undefined;
      } else countNew(fresh.filter((row) => !rows.includes(row)));
      told.value = [...(first === -1 ? [] : rows.slice(0, first)), ...fresh, ...later];
    }

    async function loadOlder(): Promise<void> {
      const oldest = told.peek()[0];
      if (oldest === undefined || !hasOlder.peek() || isLoadingOlder.peek()) return;
      const mine = generation;
      isLoadingOlder.value = true;
      try {
        const page = await readPage(
          OLDER_ROWS,
          cursor === undefined ? { before: justAfter(oldest.peek().timestamp) } : { cursor },
        );
        if (mine === generation) batch(() => takeOlder(page));
      } catch (error) {
        if (mine === generation) status.value = failureOf(error);
      } finally {
        isLoadingOlder.value = false;
      }
    }

    function takeOlder(page: MessagePage): void {
      const known = new Set(told.peek().map((row) => row.peek().messageId));
      const older = messages.putAll(page.items.filter(({ messageId }) => !known.has(messageId)).toReversed());
      cursor = page.nextCursor;
      hasOlder.value = page.nextCursor !== undefined;
      const all = [...older, ...told.peek()];
      told.value = all.slice(0, FEED_MAX_ROWS);
      if (all.length > FEED_MAX_ROWS) held = undefined;
      status.value = { kind: "ready" };
    }

    function append(fresh: readonly MessageSignal[]): void {
      if (fresh.length === 0) return;
      countNew(fresh);
      if (held === undefined) return;
      if (isPaused.peek() || (!isFollowing.peek() && told.peek().length + fresh.length > FEED_MAX_ROWS)) {
        held = held.length + fresh.length > FEED_MAX_ROWS ? undefined : [...held, ...fresh];
        return;
      }
      const all = [...told.peek(), ...fresh];
      if (all.length <= FEED_MAX_ROWS) told.value = all;
      else {
        told.value = all.slice(all.length - FEED_MAX_ROWS + DROP_ROWS);
        hasOlder.value = true;
        cursor = undefined;
      }
    }

    function countNew(fresh: readonly MessageSignal[]): void {
      if (isWatched.peek() || fresh.length === 0) return;
      if (newCount.peek() === 0) unreadFrom.value = fresh[0]?.peek().messageId ?? null;
      newCount.value += fresh.length;
    }

    /** Matches, and is not there yet: what is new can only be among the last. */
    function isWanted(row: MessageSignal): boolean {
      return isMatch(filter.peek(), row.peek()) && !told.peek().slice(-PAGE_ROWS).includes(row);
    }

    function reloadSoon(): void {
      if (isReloadPlanned) return;
      isReloadPlanned = true;
      setTimeout(() => {
        isReloadPlanned = false;
        if (!isPaused.peek()) void reload();
      }, RELOAD_PAUSE_MS);
    }

    function showLatest(): void {
      isFollowing.value = true;
      latestRequests.value++;
      if (held === undefined) {
        void reload();
        return;
      }
      const waiting = held;
      held = [];
      batch(() => append(waiting));
    }

    function empty(): void {
      generation++;
      told.value = [];
      held = [];
      cursor = undefined;
      hasOlder.value = false;
      newCount.value = 0;
      unreadFrom.value = null;
      status.value = { kind: "loading" };
    }

    hub.stream.onEvents((events) => {
      const fresh = events.flatMap((event) => messages.get(messageIdOf(event) ?? "") ?? []);
      if (fresh.length === 0) return;
      catchUp.note(fresh);
      if (status.peek().kind === "loading") return;
      if (filter.peek().text !== "") reloadSoon();
      else batch(() => append(fresh.filter(isWanted)));
    });
    hub.stream.onGap(() => {
      shownQuery = query.peek();
      void reload();
    });
    effect(() => {
      const wanted = query.value;
      if (shownQuery === null || wanted === shownQuery) return;
      shownQuery = wanted;
      untracked(() => batch(empty));
      void reload();
    });
    effect(() => {
      if (isWatched.value) newCount.value = 0;
    });

    return {
      rows: computed(() => {
        const own = outbox.underWay.value;
        if (own.length === 0) return told.value;
        const ids = new Set(told.value.map((row) => row.peek().messageId));
        return [...told.value, ...own.filter((row) => !ids.has(row.peek().messageId))];
      }),
      filter,
      isFiltered: computed(() => query.value !== ""),
      status,
      hasOlder,
      isLoadingOlder,
      isPaused,
      newCount,
      unreadFrom,
      isAway: computed(() => !isFollowing.value),
      latestRequests,
      loadOlder,
      reload,
      setPaused(paused) {
        isPaused.value = paused;
        if (!paused) showLatest();
      },
      setFollowing(following) {
        isFollowing.value = following;
      },
      showLatest,
      clear() {
        shownQuery = null;
        batch(empty);
      },
    };
  },
);

/** `before:` leaves its moment out, and messages of one millisecond may lie on both sides of a page's end. */
function justAfter(timestamp: string): string {
  return new Date(Date.parse(timestamp) + 1).toISOString();
}

function failureOf(error: unknown): FeedStatus {
  if (!(error instanceof RestProblem)) throw error;
  return { kind: "failed", error: error.message, isQueryWrong: error.code === "invalid_payload" };
}
