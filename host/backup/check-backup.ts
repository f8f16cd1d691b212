/** Proves a backup: nothing missing, nothing changed, every database whole, in formats this hub knows. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DATA_FORMAT, LEGACY_SCHEMA_STEPS, SCHEMA_STEPS } from "../data-format.ts";
import { requireSqlite } from "../sqlite.ts";
import { type DatabaseReport, inspectDatabase, isDatabase } from "./databases.ts";
import { DATA_FOLDER, listEntries, type Manifest, readManifest } from "./manifest.ts";

export interface BackupReport {
  manifest: Manifest;
  /** Each a sentence; none for a sound backup. */
  problems: string[];
  /** By file. */
  databases: Record<string, DatabaseReport>;
}

/** Throws a StartProblem for what is no backup at all. */
export function checkBackup(backup: string): BackupReport {
  requireSqlite("a backup");
  const manifest = readManifest(backup);
  const problems = [...compareFiles(backup, manifest)];
  if (manifest.format > DATA_FORMAT) {
    problems.push(`it is in format ${manifest.format}, of cc2cc ${manifest.hub}; this one knows format ${DATA_FORMAT}`);
  }
  const databases: Record<string, DatabaseReport> = {};
  for (const { path } of manifest.files.filter((file) => isDatabase(file.path))) {
    const file = join(backup, DATA_FOLDER, path);
    if (!existsSync(file)) continue;
    try {
      const report = inspectDatabase(file, path);
      databases[path] = report;
      problems.push(...schemaProblems(path, report));
    } catch (error) {
      problems.push(`${path} is damaged: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { manifest, problems, databases };
}

function* compareFiles(backup: string, manifest: Manifest): Generator<string> {
  const found = new Map(listEntries(backup).map((entry) => [entry.path, entry]));
  for (const { path, size, sha256 } of manifest.files) {
    const entry = found.get(path);
    found.delete(path);
    if (entry === undefined) yield `${path} is missing`;
    else if (entry.size !== size) yield `${path} has ${entry.size} bytes instead of ${size}`;
    else if (entry.sha256 !== sha256) yield `${path} has been changed`;
  }
  for (const path of found.keys()) yield `${path} does not belong to it`;
}

function* schemaProblems(path: string, { className, schemaSteps }: DatabaseReport): Generator<string> {
  const known = SCHEMA_STEPS[className] ?? LEGACY_SCHEMA_STEPS[className];
  if (known === undefined) yield `${path} belongs to ${className}, which this version does not know`;
  else if ((schemaSteps ?? 0) > known) yield `${path} has schema ${schemaSteps}; this version knows ${known}`;
}
