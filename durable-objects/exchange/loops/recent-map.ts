/** A map that keeps what was set last, up to a number: the oldest give way, and whoever keeps an index of it is told. */
export class RecentMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #max: number;
  readonly #onForgotten: (key: K) => void;

  constructor(max: number, onForgotten: (key: K) => void = () => {}) {
    this.#max = max;
    this.#onForgotten = onForgotten;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /** Sets it as the newest. */
  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#max) this.delete(this.#entries.keys().next().value as K);
  }

  delete(key: K): void {
    if (this.#entries.delete(key)) this.#onForgotten(key);
  }
}
