/** The SQLite files of a copy: made whole, and looked into. Which tables there are is the objects' business, not ours. */
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { deserialize } from "node:v8";
import { type Database, requireSqlite } from "../sqlite.ts";

/** One object's file, as far as anyone can tell without its code. */
export interface DatabaseReport {
  /** The class it belongs to, as its folder is named. */
  className: string;
  /** How many steps of its schema it has been through; undefined for one that never stored anything. */
  schemaSteps: number | undefined;
  /** Rows by table. */
  rows: Record<string, number>;
}

export function isDatabase(path: string): boolean {
  return path.endsWith(".sqlite");
}

/**
 * Brings what the write-ahead log holds into the file itself, as whoever opens it first would do. Throws where the
 * database is damaged.
 */
export function foldLog(path: string): void {
  const database = new (requireSqlite("a backup").DatabaseSync)(path);
  try {
    const outcome = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number };
    if (outcome.busy !== 0) throw new Error("its write-ahead log is in use");
    requireIntegrity(database);
  } finally {
    database.close();
  }
}

/** Reads a database without leaving anything beside it. Throws where it is damaged. */
export function inspectDatabase(path: string, relativePath: string): DatabaseReport {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  const database = new (requireSqlite("a backup").DatabaseSync)(url, { readOnly: true });
  try {
    requireIntegrity(database);
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
      .all() as { name: string }[];
    const rows = Object.fromEntries(tables.map(({ name }) => [name, countRows(database, name)]));
    const schemaSteps = "_cf_KV" in rows ? readSchemaSteps(database) : undefined;
    return { className: dirname(relativePath).split("/").at(-1) ?? "", schemaSteps, rows };
  } finally {
    database.close();
  }
}

function requireIntegrity(database: Database): void {
  const findings = database.prepare("PRAGMA integrity_check(3)").all() as { integrity_check: string }[];
  const text = findings.map((finding) => finding.integrity_check).join("; ");
  if (text !== "ok") throw new Error(text);
}

function countRows(database: Database, table: string): number {
  const { n } = database.prepare(`SELECT count(*) AS n FROM "${table.replaceAll('"', '""')}"`).get() as { n: number };
  return n;
}

/** `migrate` keeps the count among the object's key-value pairs, which workerd writes as V8 does. */
function readSchemaSteps(database: Database): number | undefined {
  const row = database.prepare("SELECT value FROM _cf_KV WHERE key = 'schema'").get() as
    | { value: Uint8Array }
    | undefined;
  const steps: unknown = row && deserialize(Buffer.from(row.value));
  return typeof steps === "number" ? steps : undefined;
}
