/** What history forgets, and when: by age, then by size, a little at a time. */
import { RETENTION_MS } from "../../shared/limits.ts";
import { HOUR_MS } from "./digest.ts";
import { MINUTE_MS, MINUTES_KEPT } from "./series-store.ts";
import type { Stores } from "./stores.ts";
import type { StreamStore } from "./stream-store.ts";

/** Rows forgotten in one go: some milliseconds of work. */
const STREAM_ROWS = 50;
const MESSAGE_ROWS = 500;
const PRESENCE_ROWS = 500;
const ANY_TIME = Number.MAX_SAFE_INTEGER;

export interface RetentionSettings {
  historyMs: number;
  historyMaxBytes: number;
}

/** What retention needs to know and to change. */
export interface Kept extends Pick<Stores, "history" | "counts" | "series" | "presence"> {
  stream: StreamStore;
  /** Whether minutes may still come in that are older than others (backfill.ts). */
  isBackfilling: boolean;
  /** Events beyond it are not in history yet, so they stay. */
  indexedUpTo: number;
  /** Bytes in use, of all of it. */
  bytes: number;
}

/**
 * Forgets a piece of what is too old, or of the oldest while all of it is too large: events before messages, since a
 * message outlives the word of it. Returns whether there may be more to forget.
 */
export function forgetSome(kept: Kept, settings: RetentionSettings, now: number): boolean {
  const { stream, history, counts, series, presence, indexedUpTo } = kept;
  const before = now - settings.historyMs;
  // Who was away longer than this has a gap; history still has the messages.
  const streamBefore = now - Math.min(settings.historyMs, RETENTION_MS);
  const isOldGone = stream.forgetOldest(STREAM_ROWS, streamBefore, indexedUpTo);
  if (history.forgetOldest(MESSAGE_ROWS, before) || isOldGone) return true;
  if (presence.forget(PRESENCE_ROWS, before) || presence.forgetTooMany(PRESENCE_ROWS)) return true;
  counts.forget(Math.floor(before / HOUR_MS));
  series.forget(Math.floor(before / MINUTE_MS));
  stream.forgetSources(before);
  if (!kept.isBackfilling && series.rollUp(Math.floor(now / MINUTE_MS) - MINUTES_KEPT)) return true;
  if (kept.bytes <= settings.historyMaxBytes) return false;
  return (
    stream.forgetOldest(STREAM_ROWS, ANY_TIME, indexedUpTo) ||
    history.forgetOldest(MESSAGE_ROWS, ANY_TIME) ||
    presence.forgetOldest(PRESENCE_ROWS)
  );
}
