/**
 * A way to reach a session that is not asking, and whether it works. Any may drop what it was given without a word; one
 * that was seen to do so rests for a while and is tried again.
 */
import type { WakeName, WakeWay } from "./wake-way.ts";

/** The first rest, and the longest: each rest is four times the one before. */
const REST_MIN_MS = 30_000;
const REST_MAX_MS = 1_800_000;
const REST_FACTOR = 4;

export type WakePathState =
  /** Nothing that went this way was seen to arrive yet. */
  { is: "untried" } | { is: "proven" } | { is: "resting"; until: number; restMs: number; reason: string };

export class WakePath {
  readonly way: WakeWay;
  #state: WakePathState = { is: "untried" };
  /** Kept over a trial that follows a rest: a path that fails again rests longer. */
  #lastRestMs = 0;

  constructor(way: WakeWay) {
    this.way = way;
  }

  get by(): WakeName {
    return this.way.by;
  }

  get state(): WakePathState {
    return this.#state;
  }

  isUsable(now: number): boolean {
    return this.#state.is !== "resting" || now >= this.#state.until;
  }

  /** Something that went this way arrived. */
  prove(): void {
    this.#state = { is: "proven" };
    this.#lastRestMs = 0;
  }

  /** Something that went this way did not arrive, or could not be written. */
  fail(now: number, reason: string): void {
    const restMs = this.#lastRestMs === 0 ? REST_MIN_MS : Math.min(this.#lastRestMs * REST_FACTOR, REST_MAX_MS);
    this.#lastRestMs = restMs;
    this.#state = { is: "resting", until: now + restMs, restMs, reason };
  }

  /** A new context, perhaps with other settings: what failed before may work now. */
  wake(): void {
    if (this.#state.is === "resting") this.#state = { ...this.#state, until: 0 };
  }
}
