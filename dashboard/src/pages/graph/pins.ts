/** Where a person put nodes: kept in the browser, by instance id or topic. */
import type { Point } from "./layout.ts";

const STORAGE_KEY = "cc2cc.graph.pins";
/** The oldest are forgotten first. */
const MAX = 500;

export type PinStorage = Pick<Storage, "getItem" | "setItem">;

/** What is not readable counts as no pins. */
export function readPins(storage: PinStorage): Map<string, Point> {
  try {
    const entries: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? "[]");
    return new Map(Array.isArray(entries) ? entries.filter(isEntry) : []);
  } catch {
    return new Map();
  }
}

/** A full or forbidden storage keeps none; the page goes on with those it has. */
export function writePins(storage: PinStorage, pins: ReadonlyMap<string, Point>): void {
  try {
    storage.setItem(STORAGE_KEY, JSON.stringify([...pins].slice(-MAX)));
  } catch {
    // Nothing was promised.
  }
}

function isEntry(entry: unknown): entry is [string, Point] {
  if (!Array.isArray(entry)) return false;
  const [id, point] = entry as [unknown, Partial<Point> | undefined];
  return typeof id === "string" && Number.isFinite(point?.x) && Number.isFinite(point?.y);
}
