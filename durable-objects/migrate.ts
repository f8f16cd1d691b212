/** Append-only schema steps of one object's SQLite. */

const VERSION_KEY = "schema";

/**
 * Brings a storage to the newest step. Steps are only ever appended: a step that has landed never changes. A storage that
 * is newer than the code is refused, because older code would write what newer code cannot read.
 */
export function migrate(storage: DurableObjectStorage, steps: readonly string[]): void {
  const done = storage.kv.get<number>(VERSION_KEY) ?? 0;
  if (done === steps.length) return;
  if (done > steps.length) {
    throw new Error(
      `This data was written by a newer cc2cc (schema ${done}, this one knows ${steps.length}). Run that one.`,
    );
  }
  storage.transactionSync(() => {
    for (const step of steps.slice(done)) storage.sql.exec(step);
    storage.kv.put(VERSION_KEY, steps.length);
  });
}
