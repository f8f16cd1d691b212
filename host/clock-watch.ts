/**
 * The system's clock, set back. workerd never shows its code an earlier time than before: when NTP or a person sets the clock
 * back by an hour, time stands still in it for that hour, and with it every timer and every limit that counts by time. A
 * workerd that is started again has the new time.
 */

/** Smaller steps are over before a restart would be. */
const SET_BACK_MS = 2_000;
const LOOK_EVERY_MS = 1_000;

interface Clocks {
  wall(): number;
  /** Which nobody can set. */
  steady(): number;
}

/** Says by how much the clock was set back since workerd last saw it. */
export class ClockWatch {
  readonly #clocks: Clocks;
  /** The furthest that the clock has been ahead of the steady one. */
  #ahead: number;

  constructor(clocks: Clocks = { wall: Date.now, steady: () => performance.now() }) {
    this.#clocks = clocks;
    this.#ahead = this.#difference();
  }

  /** In ms; 0 for a clock that was not, or so little that it does not matter. Who is told counts from there on. */
  look(): number {
    const difference = this.#difference();
    const back = this.#ahead - difference;
    if (back < SET_BACK_MS) {
      this.#ahead = Math.max(this.#ahead, difference);
      return 0;
    }
    this.#ahead = difference;
    return back;
  }

  #difference(): number {
    return this.#clocks.wall() - this.#clocks.steady();
  }
}

/** Calls `onSetBack`, with by how many ms, each time that the clock was. */
export function watchClock(onSetBack: (ms: number) => void): void {
  const watch = new ClockWatch();
  setInterval(() => {
    const back = watch.look();
    if (back > 0) onSetBack(back);
  }, LOOK_EVERY_MS).unref();
}
