/**
 * Places for what may be held up by its client. While there are too many, those that have waited longest give way, and none
 * within its first quarter of a second: what a client sends or takes at once always finds a place, however many others hold
 * theirs on purpose. Each looks after itself, by a timer of its own request: workerd lets no request do another's work.
 */

const LOOK_EVERY_MS = 250;

export class Places {
  readonly #max: number;
  /** In the order in which they came. */
  readonly #held = new Set<object>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes a place, until `leave` is called, or `giveWay` is when it has to be given up. */
  enter(giveWay: () => void): { leave(): void } {
    const place = {};
    this.#held.add(place);
    const leave = () => {
      clearInterval(timer);
      this.#held.delete(place);
    };
    const timer = setInterval(() => {
      if (!this.#isBeyond(place)) return;
      leave();
      giveWay();
    }, LOOK_EVERY_MS);
    return { leave };
  }

  /** Whether a place is one of the oldest that are too many. */
  #isBeyond(place: object): boolean {
    let beyond = this.#held.size - this.#max;
    for (const held of this.#held) {
      if (beyond-- <= 0) return false;
      if (held === place) return true;
    }
    return false;
  }
}
