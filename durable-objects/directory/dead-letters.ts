/** Which mailboxes hold dead letters, in SQL: nobody needs to wake the others to list them. */

export const DEAD_LETTER_STEP =
  "CREATE TABLE dead_letters (instance_id TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

export class DeadLetterIndex {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  /** Notes how many a mailbox holds. */
  set(instanceId: string, count: number): void {
    if (count === 0) {
      this.#sql.exec("DELETE FROM dead_letters WHERE instance_id = ?", instanceId);
      return;
    }
    this.#sql.exec(
      "INSERT INTO dead_letters (instance_id, count) VALUES (?, ?) ON CONFLICT DO UPDATE SET count = excluded.count",
      instanceId,
      count,
    );
  }

  list(): string[] {
    const rows = this.#sql.exec<{ id: string }>("SELECT instance_id AS id FROM dead_letters ORDER BY instance_id");
    return [...rows].map((row) => row.id);
  }
}
