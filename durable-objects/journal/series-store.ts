/**
 * Numbers over time on disk: who wrote to whom, how long it took, how much waited. A row a minute; what is older than two
 * days is a row an hour, at the hour's first minute.
 */

export const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
/** Minutes of older times are added up to hours. */
export const MINUTES_KEPT = 2 * 24 * 60;
const ROLLED_KEY = "hoursUpTo";

/** `instance` of all instances together. */
export const ALL = 0;

export const LATENCY_KINDS = { delivery: 0, answer: 1 } as const;
export type LatencyKind = keyof typeof LATENCY_KINDS;

/** Minutes since 1970, `to` excluded. */
export interface Span {
  from: number;
  to: number;
}

/** What a series is narrowed to: numbers of names (names.ts), null for all. */
export interface Narrowing {
  type: string | null;
  topic: number | null;
  instance: number | null;
}

export interface DepthRow {
  minute: number;
  last: number;
  max: number;
}

type Rows = readonly (readonly (string | number)[])[];

export class SeriesStore {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  // ---- as history is made; each row: the key, then the count

  addTraffic(rows: Rows): void {
    this.#upsert(
      `INSERT INTO traffic SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each(?)
       WHERE true ON CONFLICT DO UPDATE SET n = n + excluded.n`,
      rows,
    );
  }

  addLatencies(rows: Rows): void {
    this.#upsert(
      `INSERT INTO latencies
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM jsonb_each(?)
       WHERE true ON CONFLICT DO UPDATE SET n = n + excluded.n`,
      rows,
    );
  }

  /** Each row: instance, minute, the last depth of it, the greatest. */
  addDepths(rows: Rows): void {
    this.#upsert(
      `INSERT INTO depths_over_time SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each(?)
       WHERE true ON CONFLICT DO UPDATE SET last = excluded.last, max = max(max, excluded.max)`,
      rows,
    );
  }

  // ---- what is asked

  // JavaScript's numbers are bound as floating point, hence the casts.

  /** Messages by type of each step. */
  countTypes(span: Span, step: number, narrowing: Narrowing): { step: number; type: string; n: number }[] {
    const { where, bindings } = trafficFilter(span, narrowing);
    return this.#sql
      .exec<{ step: number; type: string; n: number }>(
        `SELECT CAST((minute - ?) / ? AS INTEGER) AS step, type, sum(n) AS n FROM traffic WHERE ${where} GROUP BY step, type`,
        span.from,
        step,
        ...bindings,
      )
      .toArray();
  }

  /** Messages by sender and recipient, the most first; `limit` null for all. */
  countEdges(
    span: Span,
    narrowing: Narrowing,
    limit: number | null,
  ): { sender: number; recipient: number; n: number }[] {
    const { where, bindings } = trafficFilter(span, narrowing);
    return this.#sql
      .exec<{ sender: number; recipient: number; n: number }>(
        `SELECT sender, recipient, sum(n) AS n FROM traffic WHERE ${where}
         GROUP BY sender, recipient ORDER BY n DESC, sender, recipient LIMIT ?`,
        ...bindings,
        limit ?? -1,
      )
      .toArray();
  }

  countLatencies(
    span: Span,
    step: number,
    { type, instance }: Narrowing,
  ): { step: number; kind: number; slot: number; n: number }[] {
    return this.#sql
      .exec<{ step: number; kind: number; slot: number; n: number }>(
        `SELECT CAST((minute - ?1) / ?3 AS INTEGER) AS step, kind, slot, sum(n) AS n FROM latencies
         WHERE minute >= ?1 AND minute < ?2 AND (?4 IS NULL OR type = ?4) AND (?5 IS NULL OR instance = ?5)
         GROUP BY step, kind, slot`,
        span.from,
        span.to,
        step,
        type,
        instance,
      )
      .toArray();
  }

  /** Of one instance or of all, oldest first; the last one before the span is among them. */
  listDepths(span: Span, instance: number): DepthRow[] {
    return this.#sql
      .exec<DepthRow & Record<string, SqlStorageValue>>(
        `SELECT minute, last, max FROM depths_over_time WHERE instance = ?1 AND minute < ?3 AND minute >=
           coalesce((SELECT max(minute) FROM depths_over_time WHERE instance = ?1 AND minute < ?2), ?2)
         ORDER BY minute`,
        instance,
        span.from,
        span.to,
      )
      .toArray();
  }

  // ---- retention

  /** Adds up the minutes of the oldest hour that is not added up yet. Returns whether there was one before `minute`. */
  rollUp(minute: number): boolean {
    const done = this.#storage.kv.get<number>(ROLLED_KEY) ?? 0;
    const { next } = this.#sql
      .exec<{ next: number | null }>(
        `SELECT min(minute) AS next FROM (SELECT min(minute) AS minute FROM traffic WHERE minute >= ?1
           UNION ALL SELECT min(minute) FROM latencies WHERE minute >= ?1
           UNION ALL SELECT min(minute) FROM depths_over_time WHERE instance = ${ALL} AND minute >= ?1)`,
        done,
      )
      .one();
    const from = Math.floor((next ?? minute) / HOUR_MINUTES) * HOUR_MINUTES;
    const to = from + HOUR_MINUTES;
    if (to > minute) return false;
    const hour = "FROM $ WHERE minute > ?1 AND minute < ?2";
    const add = "DO UPDATE SET n = n + excluded.n";
    this.#roll("traffic", `SELECT ?1, sender, recipient, type, sum(n) ${hour} GROUP BY 2, 3, 4`, add, from, to);
    this.#roll("latencies", `SELECT ?1, kind, instance, type, slot, sum(n) ${hour} GROUP BY 2, 3, 4, 5`, add, from, to);
    // The bare column is that of the row with the greatest minute, where that is the one aggregate.
    this.#roll(
      "depths_over_time",
      `SELECT d.instance, ?1, d.last, (SELECT max(max) FROM depths_over_time h
         WHERE h.instance = d.instance AND h.minute >= ?1 AND h.minute < ?2)
       FROM (SELECT instance, last, max(minute) ${hour} GROUP BY instance) d WHERE true`,
      "DO UPDATE SET last = excluded.last, max = excluded.max",
      from,
      to,
    );
    this.#storage.kv.put(ROLLED_KEY, to);
    return true;
  }

  forget(beforeMinute: number): void {
    this.#sql.exec("DELETE FROM traffic WHERE minute < ?", beforeMinute);
    this.#sql.exec("DELETE FROM latencies WHERE minute < ?", beforeMinute);
    // The last word on a depth holds until the next one.
    this.#sql.exec(
      `DELETE FROM depths_over_time AS d WHERE minute < ?1 AND
         (last = 0 OR minute < (SELECT max(minute) FROM depths_over_time l WHERE l.instance = d.instance))`,
      beforeMinute,
    );
  }

  #roll(table: string, select: string, conflict: string, from: number, to: number): void {
    this.#sql.exec(`INSERT INTO ${table} ${select.replace("$", table)} ON CONFLICT ${conflict}`, from, to);
    this.#sql.exec(`DELETE FROM ${table} WHERE minute > ? AND minute < ?`, from, to);
  }

  #upsert(statement: string, rows: Rows): void {
    if (rows.length > 0) this.#sql.exec(statement, JSON.stringify(rows));
  }
}

function trafficFilter(
  { from, to }: Span,
  { type, topic, instance }: Narrowing,
): { where: string; bindings: (string | number)[] } {
  const parts: [string, (string | number)[]][] = [["minute >= ? AND minute < ?", [from, to]]];
  if (type !== null) parts.push(["type = ?", [type]]);
  if (topic !== null) parts.push(["recipient = ?", [topic]]);
  if (instance !== null) parts.push(["(sender = ? OR recipient = ?)", [instance, instance]]);
  return {
    where: parts.map(([condition]) => condition).join(" AND "),
    bindings: parts.flatMap(([, values]) => values),
  };
}
