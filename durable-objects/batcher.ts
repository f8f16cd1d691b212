/**
 * Does work in batches: the first item after a pause is done at once, and what comes while a batch is under way is the next
 * one. So the load decides how large batches are, and nothing waits for a time to pass.
 */
export interface BatcherOptions<T> {
  /** Does a batch, in the order in which its items came. It must not reject. */
  work(items: T[]): Promise<void>;
  /** How long an item may wait that was added for `later`, while none comes that is in more of a hurry. */
  patienceMs?: number;
}

/** After a batch of this many, more of what came together with it is on its way. */
const MANY = 5;
/** As many batches may begin without a turn of the event loop between them: while one follows the other, no socket is read. */
const BATCHES_PER_TURN = 4;

/** `now`: a batch begins at once. `soon`: what comes in the same turn of the event loop is waited for. */
export type Hurry = "now" | "soon" | "later";

export class Batcher<T> {
  readonly #options: BatcherOptions<T>;
  #items: T[] = [];
  #isWorking = false;
  #isSoon = false;
  #isLater = false;
  /** Items that are in a hurry, among those that wait and in the last batch. */
  #hurryCount = 0;
  #lastHurryCount = 0;
  #lastCount = 0;
  /** Batches since the last turn that was waited for. */
  #batchCount = 0;

  constructor(options: BatcherOptions<T>) {
    this.#options = options;
  }

  add(item: T, hurry: Hurry = "now"): void {
    this.#items.push(item);
    if (hurry !== "later") this.#hurryCount++;
    if (hurry === "now") this.#run();
    else if (hurry === "soon") this.#runSoon();
    else this.#runLater();
  }

  /** Does what waits, in a hurry or not. */
  #run(): void {
    if (!this.#isWorking && this.#items.length > 0) void this.#work();
  }

  #runSoon(): void {
    if (this.#isSoon || this.#isWorking) return;
    this.#isSoon = true;
    void scheduler.wait(0).then(() => {
      this.#isSoon = false;
      this.#run();
    });
  }

  #runLater(): void {
    if (this.#isLater) return;
    this.#isLater = true;
    setTimeout(() => {
      this.#isLater = false;
      this.#run();
    }, this.#options.patienceMs ?? 0);
  }

  /** Whether a turn of the event loop is waited for: it brings in what came together with the batch before. */
  get #shouldGather(): boolean {
    return this.#lastHurryCount > 1 || this.#lastCount >= MANY || this.#batchCount >= BATCHES_PER_TURN;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    try {
      do {
        if (this.#shouldGather) {
          await scheduler.wait(0);
          this.#batchCount = 0;
        }
        const items = this.#items;
        this.#items = [];
        this.#batchCount++;
        this.#lastCount = items.length;
        this.#lastHurryCount = this.#hurryCount;
        this.#hurryCount = 0;
        await this.#options.work(items);
      } while (this.#hurryCount > 0);
    } finally {
      this.#isWorking = false;
    }
    if (this.#items.length > 0) this.#runLater();
  }
}
