/**
 * Does work in batches: the first item after a pause is done at once, and what comes while a batch is under way is the next
 * one. So the load decides how large batches are, and nothing waits for a time to pass.
 */
export interface BatcherOptions<T> {
  /** Does a batch, in the order in which its items came. It must not reject. */
  work(items: T[]): Promise<void>;
  /** How long an item may wait that was added as not urgent, while nothing urgent comes. */
  patienceMs?: number;
}

export class Batcher<T> {
  readonly #options: BatcherOptions<T>;
  #items: T[] = [];
  #isWorking = false;
  #isWaiting = false;
  /** Urgent items among those that wait, and in the last batch. */
  #urgentCount = 0;
  #lastUrgentCount = 0;

  constructor(options: BatcherOptions<T>) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return !this.#isWorking && this.#items.length === 0;
  }

  /** Adds an item; with `isUrgent` false it waits for one that is urgent, or for `patienceMs`. */
  add(item: T, isUrgent = true): void {
    this.#items.push(item);
    if (isUrgent) {
      this.#urgentCount++;
      this.run();
    } else this.#runLater();
  }

  /** Does what waits, urgent or not. */
  run(): void {
    if (!this.#isWorking && this.#items.length > 0) void this.#work();
  }

  #runLater(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    setTimeout(() => {
      this.#isWaiting = false;
      this.run();
    }, this.#options.patienceMs ?? 0);
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    try {
      do {
        // After a batch of several, one more turn of the event loop brings in what came together with the first.
        if (this.#lastUrgentCount > 1) await scheduler.wait(0);
        const items = this.#items;
        this.#items = [];
        this.#lastUrgentCount = this.#urgentCount;
        this.#urgentCount = 0;
        await this.#options.work(items);
      } while (this.#urgentCount > 0);
    } finally {
      this.#isWorking = false;
    }
    if (this.#items.length > 0) this.#runLater();
  }
}
