/**
 * Answers "was this message id used before?" without asking the disk, where it can. Ids above every id on disk are new
 * unless they are among those noted since: with UUIDs of version 7, which sort by time, that is nearly every id. With other
 * ids the answer is "perhaps", and the disk decides.
 */
export class RecentIds {
  readonly #max: number;
  readonly #recent = new Set<string>();
  #floor: string;
  #highest: string;

  /** `highestOnDisk` is the greatest id on disk, "" for none; at most `max` recent ids stay in memory. */
  constructor(highestOnDisk: string, max: number) {
    this.#floor = highestOnDisk;
    this.#highest = highestOnDisk;
    this.#max = max;
  }

  note(id: string): void {
    if (id > this.#highest) this.#highest = id;
    if (this.#recent.size === this.#max) {
      this.#recent.clear();
      this.#floor = this.#highest;
    }
    this.#recent.add(id);
  }

  /** False only for an id that was certainly never used. */
  mayHave(id: string): boolean {
    return id <= this.#floor || this.#recent.has(id);
  }
}
