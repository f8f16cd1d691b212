/** The live feed: the newest messages that match, older ones on demand, and what is new since somebody looked. */
import { batch, computed, createModel, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { MessagePage } from "../../../shared/history.ts";
import { PAGE_MAX } from "../../../shared/limits.ts";
import type { Hub } from "../adapter/hub.ts";
import { RestProblem } from "../adapter/rest.ts";
import type { Surroundings } from "../adapter/surroundings.ts";
import type { UrlState } from "../url-state.ts";
import { createCatchUp } from "./catch-up.ts";
import { createFeedAttention } from "./feed-attention.ts";
import { type FeedFilter, filterOf, isMatch, queryOf } from "./feed-filter.ts";
import { createFeedWindow } from "./feed-window.ts";
import { withLocalDays } from "./local-days.ts";
import { type MessageSignal, type MessageStore, messageIdOf } from "./message-store.ts";
import type { Outbox } from "./outbox.ts";

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
    const isHere = computed(() => url.path.value === "/");
    const filter = filterOf(url, isHere);
    const query = computed(() => queryOf(filter.value));
    const at = computed(() => filter.value.at);
    const asked = computed(() => `${at.value} ${query.value}`);
    const status = signal<FeedStatus>({ kind: "loading" });
    const isLoadingOlder = signal(false);
    const latestRequests = signal(0);
    const shown = createFeedWindow(messages);
    const attention = createFeedAttention(computed(() => isHere.value && surroundings.isVisible.value));
    const catchUp = createCatchUp<MessageSignal>();
    /** Answers to what is not asked any more are dropped. */
    let generation = 0;
    let isReloadPlanned = false;
    /** What the rows are the answer to; null before the first reading. */
    let shownQuery: string | null = null;

    function readPage(limit: number, from: { cursor?: string; before?: string } = {}): Promise<MessagePage> {
      const { before, ...rest } = from;
      const terms = [query.peek(), before === undefined ? "" : `before:${before}`].join(" ").trim();
      const q = withLocalDays(terms, Date.now());
      return hub.rest.get("/api/messages", { query: { q, limit, ...rest } });
    }

    async function reload(): Promise<void> {
      if (at.peek() !== "") return readContext();
      const mine = ++generation;
      try {
        const { result, missed } = await catchUp.during(() => readPage(PAGE_ROWS));
        if (mine !== generation) return;
        batch(() => {
          status.value = { kind: "ready" };
          attention.note(shown.takeNewest(result));
          if (filter.peek().text === "") append(missed);
        });
        if (result.isBehind) reloadSoon();
      } catch (error) {
        if (mine === generation) status.value = failureOf(error);
      }
    }

    async function readContext(): Promise<void> {
      const mine = ++generation;
      try {
        const { readAround } = await import("./feed-context.ts");
        const { page, hasOlder } = await readAround(hub, at.peek());
        if (mine !== generation) return;
        batch(() => {
          status.value = { kind: "ready" };
          shown.takeNewest(page);
          shown.detach(hasOlder);
        });
      } catch (error) {
        if (mine === generation) status.value = failureOf(error);
      }
    }

    async function loadOlder(): Promise<void> {
      const from = shown.nextOlder();
      if (from === null || isLoadingOlder.peek()) return;
      const mine = shown.epoch();
      shown.makeRoom(OLDER_ROWS);
      isLoadingOlder.value = true;
      try {
        const page = await readPage(OLDER_ROWS, from);
        if (mine !== shown.epoch()) return;
        batch(() => {
          status.value = { kind: "ready" };
          shown.takeOlder(page);
        });
      } catch (error) {
        if (mine === shown.epoch()) status.value = failureOf(error);
      } finally {
        isLoadingOlder.value = false;
      }
    }

    function append(came: readonly MessageSignal[]): void {
      const fresh = came.filter((row) => isMatch(filter.peek(), row.peek()) && !shown.isRecent(row));
      attention.note(fresh);
      shown.append(fresh, { isHeld: attention.isPaused.peek(), isStill: !attention.isFollowing.peek() });
    }

    function reloadSoon(): void {
      if (isReloadPlanned) return;
      isReloadPlanned = true;
      setTimeout(() => {
        isReloadPlanned = false;
        if (!attention.isPaused.peek()) void reload();
      }, RELOAD_PAUSE_MS);
    }

    function showLatest(): void {
      if (at.peek() !== "") {
        // All that is shown then is read anew, and ends with the newest.
        url.set({ at: null }, "push");
        return;
      }
      attention.setFollowing(true);
      latestRequests.value++;
      if (shown.reachesEnd()) shown.release();
      else void reload();
    }

    function empty(): void {
      generation++;
      shown.empty();
      attention.forget();
      status.value = { kind: "loading" };
    }

    hub.stream.onEvents((events) => {
      const came = events.flatMap((event) => messages.get(messageIdOf(event) ?? "") ?? []);
      if (came.length === 0) return;
      catchUp.note(came);
      if (status.peek().kind === "loading") return;
      if (filter.peek().text !== "") reloadSoon();
      else batch(() => append(came));
    });
    hub.stream.onGap(() => {
      shownQuery = asked.peek();
      void reload();
    });
    effect(() => {
      const wanted = asked.value;
      if (shownQuery === null || wanted === shownQuery) return;
      shownQuery = wanted;
      untracked(() => batch(empty));
      void reload();
    });

    return {
      rows: computed(() => withOwn(shown.rows.value, outbox.underWay.value)),
      filter,
      isFiltered: computed(() => asked.value !== " "),
      status,
      hasOlder: shown.hasOlder,
      isLoadingOlder,
      isPaused: attention.isPaused,
      newCount: attention.newCount,
      unreadFrom: attention.unreadFrom,
      isAway: computed(() => !attention.isFollowing.value || at.value !== ""),
      latestRequests,
      loadOlder,
      reload,
      setPaused(paused) {
        attention.setPaused(paused);
        if (!paused) showLatest();
      },
      setFollowing: attention.setFollowing,
      showLatest,
      clear() {
        shownQuery = null;
        batch(empty);
      },
    };
  },
);

/** What this tab has under way stands last, until the stream has told of it. */
function withOwn(rows: readonly MessageSignal[], own: readonly MessageSignal[]): readonly MessageSignal[] {
  if (own.length === 0) return rows;
  const ids = new Set(rows.map((row) => row.peek().messageId));
  return [...rows, ...own.filter((row) => !ids.has(row.peek().messageId))];
}

function failureOf(error: unknown): FeedStatus {
  if (!(error instanceof RestProblem)) throw error;
  return { kind: "failed", error: error.message, isQueryWrong: error.code === "invalid_payload" };
}
