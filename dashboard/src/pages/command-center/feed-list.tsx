import { ArrowDown, CircleAlert, RotateCw, SearchX } from "lucide";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { Button } from "../../components/button.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { useShortcuts } from "../../components/shortcuts.ts";
import { markdownChunk } from "../../markdown/load-markdown.ts";
import { groupRows } from "../../models/fan-out-groups.ts";
import type { MessageSignal } from "../../models/message-store.ts";
import { useModels } from "../../models/models.ts";
import { FeedRow } from "./feed-row.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { useFollowEnd } from "./use-follow-end.ts";
import "./feed-list.css";

/** Above the rows, for what is said there. */
const HEAD_PX = 32;

/** Drawn beyond the window: what a hard turn of a wheel brings in one frame is there in it. */
const BUFFER_PX = 600;

/**
 * As long as the list is at its end: having just gone there it would draw only what is below the window, and not where one turns to.
 * Somewhere else it must not: it keeps its place from its end, and rows that are measured there would move it.
 */
const NEWEST_ROWS = 24;

/** The messages, newest last. It follows its end until somebody scrolls up, and keeps what they read in its place. */
export function FeedList() {
  const { feed } = useModels();
  const status = feed.status.value;
  const rows = feed.rows.value;
  // While history is read, so that messages are drawn once.
  useEffect(() => void markdownChunk(), []);
  if (status.kind === "failed" && rows.length === 0) {
    // What is wrong with a query stands beside it.
    return status.isQueryWrong ? <div class="feed" /> : <FailedFeed error={status.error} />;
  }
  if (rows.length === 0) return <EmptyFeed isLoading={status.kind === "loading"} />;
  return (
    <div class="feed">
      <FeedRows rows={rows} />
      <NewMessages />
    </div>
  );
}

function FeedRows({ rows: all }: { rows: readonly MessageSignal[] }) {
  const { feed } = useModels();
  const { heads: rows, membersOf } = useMemo(() => groupRows(all), [all]);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const shift = useShift(rows);
  const newest = useMemo(() => Array.from(rows.slice(-NEWEST_ROWS), (_, n) => rows.length - 1 - n), [rows.length]);
  const { onScroll, onResize, onTouch, onOpen } = useFollowEnd(scroller, list, rows, HEAD_PX);
  useShortcuts([
    { keys: "j", label: "Into the messages, then down", group: "In lists", run: () => enterFeed(scroller.current) },
    { keys: "k", label: "Into the messages, then up", group: "In lists", run: () => enterFeed(scroller.current) },
  ]);
  return (
    <div
      ref={scroller}
      class="feed-scroller"
      role="feed"
      aria-label="Messages, newest last"
      aria-busy={feed.isLoadingOlder.value}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onWheel={onTouch}
      onTouchMove={onTouch}
      onPointerDown={onTouch}
      onClickCapture={({ target }) => {
        const message = openedBy(target);
        if (message !== null) onOpen(message);
      }}
      onKeyDown={(event) => {
        onTouch();
        moveFocus(event);
      }}
    >
      <FeedHead />
      <Virtualizer
        ref={list}
        scrollRef={scroller}
        startMargin={HEAD_PX}
        bufferSize={BUFFER_PX}
        {...(!feed.isAway.value && { keepMounted: newest })}
        data={rows}
        shift={shift}
        onScroll={onScroll}
        onResize={onResize}
      >
        {(row: MessageSignal, index: number) => (
          <FeedRow key={row.peek().messageId} row={row} members={membersOf.get(row)} previous={rows[index - 1]} />
        )}
      </Virtualizer>
    </div>
  );
}

/** Whether rows came or went at the beginning since the last time: only then must the place be kept from the end. */
function useShift(rows: readonly MessageSignal[]): boolean {
  const before = useRef<readonly MessageSignal[]>(rows);
  const isShift = useRef(false);
  if (before.current !== rows) {
    isShift.current = before.current[0] !== rows[0];
    before.current = rows;
  }
  return isShift.current;
}

function FeedHead() {
  const { feed } = useModels();
  const status = feed.status.value;
  let text: ComponentChildren = "Reading older messages …";
  if (!feed.hasOlder.value) text = feed.isFiltered.value ? "Nothing older matches" : "The beginning of history";
  if (status.kind === "failed") {
    text = (
      <>
        {status.error}{" "}
        <button type="button" class="link-button" onClick={() => void feed.loadOlder()}>
          Try again
        </button>
      </>
    );
  }
  return <p class="feed-head">{text}</p>;
}

/** Brings whoever scrolled up, or paused, back to the end. */
function NewMessages() {
  const { feed } = useModels();
  const count = feed.newCount.value;
  const isAway = feed.isAway.value;
  const isPaused = feed.isPaused.value;
  return (
    <>
      {(isAway || isPaused) && (
        <Button
          class="feed-latest"
          size="small"
          variant={count > 0 ? "primary" : "plain"}
          icon={ArrowDown}
          onClick={() => (isPaused ? feed.setPaused(false) : feed.showLatest())}
        >
          {count > 0 ? `${count.toLocaleString("en")} new` : "To the newest"}
          {isPaused && " (paused)"}
        </Button>
      )}
      <p class="visually-hidden" role="status">
        {count > 0 ? `${count} new messages` : ""}
      </p>
    </>
  );
}

function EmptyFeed({ isLoading }: { isLoading: boolean }) {
  const { feed, url } = useModels();
  if (isLoading) {
    return (
      <div class="feed" aria-busy="true">
        <p class="feed-head">Reading history …</p>
      </div>
    );
  }
  if (feed.isFiltered.value) {
    return (
      <div class="feed">
        <EmptyState icon={SearchX} title="Nothing matches">
          <Button onClick={() => url.navigate("/")}>Show everything</Button>
        </EmptyState>
      </div>
    );
  }
  return (
    <div class="feed">
      <FirstSteps />
    </div>
  );
}

function FailedFeed({ error }: { error: string }) {
  const { feed } = useModels();
  return (
    <div class="feed">
      <EmptyState icon={CircleAlert} title={error}>
        <Button icon={RotateCw} onClick={() => void feed.reload()}>
          Try again
        </Button>
      </EmptyState>
    </div>
  );
}

/** What shows more of a message than it did. */
const OPENING = ":is(.message-body-toggle, .fan-out-toggle)[aria-expanded=false]";

/** The long message of which a press shows the rest; null for any other press. */
function openedBy(target: EventTarget | null): Element | null {
  const toggle = target instanceof Element ? target.closest(OPENING) : null;
  return toggle?.closest("article") ?? null;
}

/** From anywhere on the page to the newest message that is on screen; within the feed, `moveFocus` has these keys. */
function enterFeed(feed: HTMLElement | null): void {
  const end = feed?.getBoundingClientRect().bottom ?? 0;
  const cards = [...(feed?.querySelectorAll<HTMLElement>("article") ?? [])];
  cards.findLast((card) => card.getBoundingClientRect().top < end)?.focus({ preventScroll: true });
}

/** Up and down go from message to message; everything else is the browser's. */
function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  const isInCard = event.target instanceof HTMLElement && event.target.matches("article, [role=feed]");
  if (step === undefined || !isInCard || event.ctrlKey || event.metaKey || event.altKey) return;
  const cards: (Element | null)[] = [...event.currentTarget.querySelectorAll("article")];
  const at = cards.indexOf(document.activeElement);
  const next = at === -1 ? cards.at(step > 0 ? 0 : -1) : cards[at + step];
  if (!(next instanceof HTMLElement)) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}
