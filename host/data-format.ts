/** In which format a data folder is written, so that no hub opens what a newer one wrote. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { storageDirOf, writePrivateFile } from "./data-dir.ts";
import { StartProblem } from "./start-problem.ts";

/** One more with each change after which an older hub could not read the folder: a new step of a schema is one. */
export const DATA_FORMAT = 7;

/** How many schema steps each class of objects has in this format; a test holds this against what a hub writes. */
export const SCHEMA_STEPS: Readonly<Record<string, number>> = {
  "cc2cc-Directory": 6,
  "cc2cc-Exchange": 10,
  "cc2cc-Journal": 6,
};

/** The same for classes that this format has none of: they may lie in a folder that an older hub has written. */
export const LEGACY_SCHEMA_STEPS: Readonly<Record<string, number>> = {
  "cc2cc-InstanceMailbox": 3,
  "cc2cc-Topic": 1,
};

const FILE_NAME = "data-format";

/** What the file says. */
export interface DataFormat {
  format: number;
  /** The version of the hub that used the folder last; undefined for a folder from before the file. */
  hub: string | undefined;
}

/** This hub, to a folder. */
export interface HubFormat {
  format: number;
  hub: string;
}

export function dataFormatPath(dataDir: string): string {
  return join(dataDir, FILE_NAME);
}

/** Undefined for a folder without data. Folders from before the file existed are format 1. */
export function readDataFormat(dataDir: string): DataFormat | undefined {
  const path = dataFormatPath(dataDir);
  return parseDataFormat(path, existsSync(path) ? readFileSync(path, "utf8") : undefined, hasData(dataDir));
}

/** What `readDataFormat` says, for whoever has read the file, or missed it, by another way. */
export function parseDataFormat(path: string, text: string | undefined, hasData: boolean): DataFormat | undefined {
  if (text === undefined) return hasData ? { format: 1, hub: undefined } : undefined;
  const format = /^format=([1-9]\d*)$/m.exec(text)?.[1];
  if (format === undefined) {
    throw new StartProblem(
      `${path} cannot be read: restore a backup, or, if you know the format, write the line \`format=${DATA_FORMAT}\` into it.`,
    );
  }
  return { format: Number(format), hub: /^hub=(.+)$/m.exec(text)?.[1] };
}

/** Lines of `name=value`, for whoever reads it with `sed` alone. */
export function renderDataFormat({ format, hub }: HubFormat): string {
  return `format=${format}\nhub=${hub}\n`;
}

/** Why this hub cannot work with a folder of that format, or undefined where it can. */
export function describeNewerFormat(dataDir: string, found: DataFormat, own: HubFormat): string | undefined {
  if (found.format <= own.format) return undefined;
  return (
    `the data folder ${dataDir} was written by cc2cc ${found.hub ?? "(unknown)"} in format ${found.format}, and this is ` +
    `cc2cc ${own.hub}, which knows format ${own.format}: start cc2cc ${found.hub ?? "of that format"} or newer, restore a backup from ` +
    "before the upgrade, or set CC2CC_DATA_DIR to another folder."
  );
}

/**
 * Takes a folder on: writes down that this hub uses it. Returns a note where that leaves older hubs behind. Call it before
 * anything is written to the storage; throws a StartProblem for a folder that is too new.
 */
export function claimDataFormat(dataDir: string, own: HubFormat): string | undefined {
  const found = readDataFormat(dataDir);
  const note = checkDataFormat(dataDir, found, own);
  if (found?.format !== own.format || found.hub !== own.hub || !existsSync(dataFormatPath(dataDir))) {
    writePrivateFile(dataFormatPath(dataDir), renderDataFormat(own));
  }
  return note;
}

/** Returns a note where taking a folder of that format on leaves older hubs behind; throws for one that is too new. */
export function checkDataFormat(dataDir: string, found: DataFormat | undefined, own: HubFormat): string | undefined {
  if (found === undefined) return undefined;
  const refusal = describeNewerFormat(dataDir, found, own);
  if (refusal !== undefined) throw new StartProblem(refusal);
  if (found.format === own.format) return undefined;
  return (
    `the data folder of cc2cc ${found.hub ?? "(an earlier version)"} (format ${found.format}) is now in format ${own.format}; ` +
    "older versions refuse it from here on."
  );
}

function hasData(dataDir: string): boolean {
  const storage = storageDirOf(dataDir);
  return existsSync(storage) && readdirSync(storage).length > 0;
}
