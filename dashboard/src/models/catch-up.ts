/**
 * A snapshot that is under way was taken at some moment between its request and its answer: what events said meanwhile is
 * said again afterwards. That is harmless where an event says what is, rather than what changed.
 */
export interface CatchUp<Event> {
  /** Call it for every batch of events. */
  note(events: readonly Event[]): void;
  /** Runs a reading, and gives what was noted while it ran beside its result. Rejects as it does. */
  during<T>(read: () => Promise<T>): Promise<{ result: T; missed: Event[] }>;
}

export function createCatchUp<Event>(): CatchUp<Event> {
  const underWay = new Set<Event[]>();
  return {
    note(events) {
      for (const missed of underWay) missed.push(...events);
    },
    async during(read) {
      const missed: Event[] = [];
      underWay.add(missed);
      try {
        return { result: await read(), missed };
      } finally {
        underWay.delete(missed);
      }
    },
  };
}
