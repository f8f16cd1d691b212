/**
 * How an object of cc2cc 0.1 gives away what it holds, once, when the first start of this version converts it. Nothing here
 * changes anything: what 0.1 wrote stays as it is.
 */

/** One row, by column. */
export type LegacyRow = Record<string, string | number | null>;

/** Some rows of a table, and where the next ones begin; null behind the last. */
export interface LegacyRows {
  rows: LegacyRow[];
  next: number | null;
}

export interface LegacyRpc extends Rpc.DurableObjectBranded {
  /** None for a table that the object does not have. */
  dumpLegacy(table: string, offset: number): Promise<LegacyRows>;
  /** A text among the object's keys and values; null for none. */
  dumpLegacyText(key: string): Promise<string | null>;
}

/** A call carries at most 32 MiB; rows are up to 2 MB. */
const DUMP_MAX_LENGTH = 4_000_000;

export function dumpTable({ sql }: DurableObjectStorage, table: string, offset: number): LegacyRows {
  const isThere = !sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", table).next().done;
  if (!isThere) return { rows: [], next: null };
  const rows: LegacyRow[] = [];
  let length = 0;
  for (const row of sql.exec<LegacyRow>(`SELECT * FROM "${table}" ORDER BY 1 LIMIT -1 OFFSET ?`, offset)) {
    rows.push(row);
    for (const value of Object.values(row)) length += typeof value === "string" ? value.length : 8;
    if (length > DUMP_MAX_LENGTH) return { rows, next: offset + rows.length };
  }
  return { rows, next: null };
}

export function dumpText({ kv }: DurableObjectStorage, key: string): string | null {
  const value = kv.get<unknown>(key);
  return typeof value === "string" ? value : null;
}

/** All rows of a table, call by call. */
export async function* readTable(object: Pick<LegacyRpc, "dumpLegacy">, table: string): AsyncGenerator<LegacyRow> {
  for (let offset: number | null = 0; offset !== null; ) {
    const page: LegacyRows = await object.dumpLegacy(table, offset);
    yield* page.rows;
    offset = page.next;
  }
}
