/** Counts on disk: messages of each hour, how much waits in each queue, and how long the newest deliveries and answers took. */

export class CountStore {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  addCount(hour: number, kind: string, name: string, n: number): void {
    this.#sql.exec(
      "INSERT INTO counts VALUES (?1, ?2, ?3, ?4) ON CONFLICT (hour, kind, name) DO UPDATE SET n = n + ?4",
      hour,
      kind,
      name,
      n,
    );
  }

  /** Sums by kind and name from an hour on. */
  sumCounts(fromHour: number): { kind: string; name: string; n: number }[] {
    return this.#sql
      .exec<{ kind: string; name: string; n: number }>(
        "SELECT kind, name, sum(n) AS n FROM counts WHERE hour >= ? GROUP BY kind, name ORDER BY n DESC",
        fromHour,
      )
      .toArray();
  }

  /** Messages of each hour from an hour on, oldest first. */
  countHours(fromHour: number): { hour: number; n: number }[] {
    return this.#sql
      .exec<{ hour: number; n: number }>(
        "SELECT hour, sum(n) AS n FROM counts WHERE hour >= ? AND kind = 'type' GROUP BY hour ORDER BY hour",
        fromHour,
      )
      .toArray();
  }

  setDepth(instanceId: string, depth: number): void {
    if (depth === 0) this.#sql.exec("DELETE FROM depths WHERE instance_id = ?", instanceId);
    else
      this.#sql.exec(
        "INSERT INTO depths VALUES (?1, ?2) ON CONFLICT (instance_id) DO UPDATE SET depth = ?2",
        instanceId,
        depth,
      );
  }

  /** Queues that something waits in. */
  listDepths(): Map<string, number> {
    const rows = this.#sql.exec<{ id: string; depth: number }>("SELECT instance_id AS id, depth FROM depths");
    return new Map([...rows].map(({ id, depth }) => [id, depth]));
  }

  sumDepths(): number {
    return this.#sql.exec<{ n: number }>("SELECT coalesce(sum(depth), 0) AS n FROM depths").one().n;
  }

  // ---- latencies

  /** How long each of the newest deliveries since a time took, ms. */
  deliveryTimes(since: number, limit: number): number[] {
    return this.#times(
      `SELECT d.delivered_at - m.at AS n FROM messages m JOIN deliveries d ON d.message_id = m.message_id
       WHERE m.at >= ? AND d.delivered_at IS NOT NULL ORDER BY m.id DESC LIMIT ?`,
      since,
      limit,
    );
  }

  /** How long each of the newest answers since a time took, ms. */
  answerTimes(since: number, limit: number): number[] {
    return this.#times(
      "SELECT answered_at - at AS n FROM messages WHERE answered_at >= ? ORDER BY answered_at DESC LIMIT ?",
      since,
      limit,
    );
  }

  // ---- retention

  forget(beforeHour: number): void {
    this.#sql.exec("DELETE FROM counts WHERE hour < ?", beforeHour);
  }

  #times(query: string, ...bindings: number[]): number[] {
    return [...this.#sql.exec<{ n: number }>(query, ...bindings)].map((row) => row.n);
  }
}
