export interface Listeners<Args extends unknown[]> {
  /** Gives what ends the listening. */
  add(listen: (...args: Args) => void): () => void;
  tell(...args: Args): void;
}

export function createListeners<Args extends unknown[]>(): Listeners<Args> {
  const listeners = new Set<(...args: Args) => void>();
  return {
    add(listen) {
      listeners.add(listen);
      return () => void listeners.delete(listen);
    },
    tell(...args) {
      for (const listen of listeners) listen(...args);
    },
  };
}
