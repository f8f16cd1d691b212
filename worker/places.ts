/**
 * Places for what may be held up by its client. When there are too many, the one that has waited longest gives way: what a
 * client sends or takes at once always finds a place, however many others hold theirs on purpose.
 */
export class Places {
  readonly #max: number;
  readonly #giveWay = new Set<() => void>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes a place. `lost` resolves when it has to be given up; `leave` gives it back. */
  enter(): { lost: Promise<void>; leave(): void } {
    const { promise: lost, resolve } = Promise.withResolvers<void>();
    const giveWay = () => resolve();
    this.#giveWay.add(giveWay);
    const [oldest] = this.#giveWay;
    if (this.#giveWay.size > this.#max && oldest !== undefined) {
      this.#giveWay.delete(oldest);
      oldest();
    }
    return { lost, leave: () => void this.#giveWay.delete(giveWay) };
  }
}
