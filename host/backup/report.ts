/** A checked backup in words. */
import type { BackupReport } from "./check-backup.ts";
import type { DatabaseReport } from "./databases.ts";
import type { Manifest } from "./manifest.ts";

/** Tables of workerd and of SQLite's own making say nothing to a reader. */
const INNER_TABLE = /^_cf_|^texts_/;

export function describeBackup({ takenAt, hub, format, files }: Manifest): string {
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  return `${files.length} files, ${(bytes / 1_048_576).toFixed(1)} MiB, as of ${takenAt}, cc2cc ${hub}, format ${format}`;
}

/** Rows by class and table, a line a class. */
export function describeCounts({ databases }: BackupReport): string[] {
  const objects = Object.values(databases).filter((database) => database.schemaSteps !== undefined);
  const byClass = Map.groupBy(objects, (database) => database.className.replace(/^cc2cc-/, ""));
  return [...byClass].map(([name, reports]) => `${name}: ${count(reports.length, "object")}; ${describeRows(reports)}`);
}

function describeRows(reports: DatabaseReport[]): string {
  const sums = new Map<string, number>();
  for (const [table, rows] of reports.flatMap((report) => Object.entries(report.rows))) {
    if (!INNER_TABLE.test(table)) sums.set(table, (sums.get(table) ?? 0) + rows);
  }
  return [...sums].map(([table, rows]) => `${table} ${rows}`).join(", ");
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
