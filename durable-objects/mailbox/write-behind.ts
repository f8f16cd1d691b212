/**
 * When a mailbox's memory goes to disk, and who hears of it: soon after a pause; under load many changes share a commit.
 * The calls that follow a write leave when it is durable (the output gate).
 */
import { directoryOf, type Env, exchangeOf } from "../env.ts";
import { errorText, log } from "../log.ts";
import type { Flushed, Queue } from "./queue.ts";
import { Writers } from "./writers.ts";

const AFTER_PAUSE_MS = 10;
/** Under load: the more mailboxes write, the longer each lets collect. */
const UNDER_LOAD_MIN_MS = 100;
const UNDER_LOAD_MAX_MS = 500;
const COMMITS_PER_SECOND = 200;
const PAUSE_MS = 1_000;
/** Under load, how often the directory hears the depth of a mailbox whose client is online. */
const DEPTH_REPORT_MS = 1_000;
/** When what the journal did not hear is told again. */
const REPEAT_AFTER_MS = 1_000;
const SETTLE_AFTER_MS = 2_000;
/** When the directory is told of dead letters again, should a crash have kept the first word from it. */
const DEAD_REPORT_AGAIN_MS = 5_000;

/** All mailboxes of this process. */
const writers = new Writers();

export class WriteBehind {
  readonly #env: Env;
  readonly #instanceId: string;
  readonly #queue: Queue;
  readonly #isAway: () => boolean;
  #isScheduled = false;
  #flushedAt = 0;
  #reportedDepth: number | undefined;
  #depthReportedAt = 0;
  #isReportScheduled = false;
  #reportedDead = 0;
  /** What the directory has confirmed. */
  #knownDead = 0;
  #isSettling = false;

  /** `isAway`: no client is connected, so that the depth is what others see of this instance. */
  constructor(env: Env, instanceId: string, queue: Queue, isAway: () => boolean) {
    this.#env = env;
    this.#instanceId = instanceId;
    this.#queue = queue;
    this.#isAway = isAway;
    this.#reportedDepth = queue.depth;
  }

  /** When a flush is needed because the directory may not know how many dead letters there are; null for not. Epoch ms. */
  reportDueAt(now: number): number | null {
    return this.#queue.deadCount === this.#knownDead ? null : now + DEAD_REPORT_AGAIN_MS;
  }

  schedule(): void {
    if (this.#isScheduled || !this.#queue.isDirty) return;
    this.#isScheduled = true;
    const now = Date.now();
    const isLoad = now - this.#flushedAt < PAUSE_MS;
    setTimeout(
      () => {
        this.#isScheduled = false;
        this.flush();
        this.schedule();
      },
      isLoad ? shareOf(writers.countAt(now)) : AFTER_PAUSE_MS,
    );
  }

  flush(): void {
    const { deadCount } = this.#queue;
    if (deadCount !== this.#reportedDead) void this.#reportDeadLetters(deadCount);
    if (!this.#queue.isDirty) return;
    const now = Date.now();
    writers.note(this.#flushedAt, now);
    this.#flushedAt = now;
    const flushed = this.#queue.flush(this.#flushedAt);
    if (flushed.logPosition !== null || flushed.changes.length > 0) void this.#confirm(flushed, this.#flushedAt);
    const isDue = this.#flushedAt - this.#depthReportedAt >= DEPTH_REPORT_MS;
    if (isDue || this.#queue.depth === 0 || this.#isAway()) void this.reportDepth();
    else if (this.#queue.depth !== this.#reportedDepth) this.#reportDepthLater();
  }

  /** Nothing else may come by after the last change of a busy second. */
  #reportDepthLater(): void {
    if (this.#isReportScheduled) return;
    this.#isReportScheduled = true;
    setTimeout(() => {
      this.#isReportScheduled = false;
      void this.reportDepth();
    }, DEPTH_REPORT_MS);
  }

  /** Tells the journal again what a crash, or a call that was lost, may have kept from it. */
  async repeatStates(): Promise<void> {
    const at = Date.now();
    const states = this.#queue.untoldStates();
    try {
      if (states.length > 0) await exchangeOf(this.#env).repeatStates(states);
      this.#queue.news.noteRepeated(at);
      this.#settleLater();
    } catch (error) {
      log("warn", "exchange not reached, will retry", { error: errorText(error) });
      setTimeout(() => void this.repeatStates(), REPEAT_AFTER_MS);
    }
  }

  async #confirm({ logPosition, changes, isRepeat }: Flushed, at: number): Promise<void> {
    try {
      await exchangeOf(this.#env).confirm(this.#instanceId, logPosition, changes, isRepeat);
      if (changes.length === 0) return;
      this.#queue.news.noteHeard(at);
      this.#settleLater();
    } catch (error) {
      log("warn", "exchange not reached", { error: errorText(error) });
      this.#queue.news.noteLost();
      setTimeout(() => void this.repeatStates(), REPEAT_AFTER_MS);
    }
  }

  /** After a pause, so that no commit under load is for this alone. */
  #settleLater(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    setTimeout(() => {
      this.#isSettling = false;
      if (!this.#queue.news.settle()) this.#settleLater();
    }, SETTLE_AFTER_MS);
  }

  /** Resolves when the directory knows the depth. */
  async reportDepth(): Promise<void> {
    const { depth } = this.#queue;
    if (depth === this.#reportedDepth) return;
    this.#reportedDepth = depth;
    this.#depthReportedAt = Date.now();
    try {
      await directoryOf(this.#env).reportDepth(this.#instanceId, depth);
    } catch (error) {
      this.#reportedDepth = undefined;
      log("warn", "directory not reached", { error: errorText(error) });
    }
  }

  async #reportDeadLetters(count: number): Promise<void> {
    this.#reportedDead = count;
    try {
      await directoryOf(this.#env).reportDeadLetters(this.#instanceId, count);
      this.#knownDead = count;
    } catch (error) {
      // Told again with the next flush, at the latest with the daily purge.
      this.#reportedDead = Number.NaN;
      log("warn", "directory not reached", { error: errorText(error) });
    }
  }
}

/** How long a mailbox lets collect beside so many others, in ms. */
function shareOf(count: number): number {
  return Math.min(Math.max((count * 1_000) / COMMITS_PER_SECOND, UNDER_LOAD_MIN_MS), UNDER_LOAD_MAX_MS);
}
