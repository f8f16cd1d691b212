/** Node's own SQLite, where this Node has it: from 22.13 on. */
import { StartProblem } from "./start-problem.ts";

type Sqlite = typeof import("node:sqlite");
export type Database = InstanceType<Sqlite["DatabaseSync"]>;

/** Undefined where this Node has none. Loaded when it is first needed: the launcher of an older Node runs without. */
export function loadSqlite(): Sqlite | undefined {
  const { emitWarning } = process;
  // Node 22 calls it experimental at each start; what we use of it has not changed since.
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule?.("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Throws a StartProblem where this Node has none. */
export function requireSqlite(what: string): Sqlite {
  const sqlite = loadSqlite();
  if (sqlite !== undefined) return sqlite;
  throw new StartProblem(
    `${what} needs Node 22.13 or newer, this is ${process.versions.node}: run it with a newer one.`,
  );
}
