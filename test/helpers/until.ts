const PATIENCE_MS = 15_000;

/** Waiting for a condition over state that changes by events, rather than for a time. */
export class Conditions {
  readonly #waiting = new Set<() => void>();

  /** Something changed: looks at every condition again. */
  changed(): void {
    for (const look of this.#waiting) look();
  }

  /** Resolves when the condition holds; rejects with what is missing, in words, when it takes too long. */
  until(isTrue: () => boolean, describe: () => string, patienceMs = PATIENCE_MS): Promise<void> {
    if (isTrue()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#waiting.delete(look);
        clearTimeout(timer);
        settle();
      };
      const look = () => {
        if (isTrue()) end(resolve);
      };
      const timer = setTimeout(() => end(() => reject(new Error(`waited in vain: ${describe()}`))), patienceMs);
      this.#waiting.add(look);
    });
  }
}
