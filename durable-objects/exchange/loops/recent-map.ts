/**
 * A map of what was set of late: the newest half of its bound at least. In two generations, of which the older goes as a whole:
 * taking the oldest entry out of a large map each time would cost more than all else that is done with it.
 */
export class RecentMap<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  readonly #generation: number;
  readonly #onForgotten: (key: K) => void;

  /** `onForgotten` hears of every key that is not in the map any more. */
  constructor(max: number, onForgotten: (key: K) => void = () => {}) {
    this.#generation = max / 2;
    this.#onForgotten = onForgotten;
  }

  get(key: K): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: K, value: V): void {
    this.#young.set(key, value);
    if (this.#young.size < this.#generation) return;
    const gone = this.#old;
    this.#old = this.#young;
    this.#young = new Map();
    for (const forgotten of gone.keys()) if (!this.#old.has(forgotten)) this.#onForgotten(forgotten);
  }

  delete(key: K): void {
    const wasYoung = this.#young.delete(key);
    if (this.#old.delete(key) || wasYoung) this.#onForgotten(key);
  }
}
