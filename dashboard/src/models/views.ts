/** Views of the Command Center under names of the person's own, kept by this browser. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { keep, readKept } from "../components/choice.ts";

export interface SavedView {
  name: string;
  /** The query of its address. */
  search: string;
}

const STORAGE_KEY = "cc2cc.views";
const VIEWS_MAX = 50;
export const VIEW_NAME_MAX_LENGTH = 60;
/** What an address says besides what is shown: who is open beside it, and whom one writes to. */
const NO_FILTERS = ["drawer", "to", "reply", "message"];

const kept = signal<readonly SavedView[]>(parseViews(readKept(STORAGE_KEY)));

/** By name. */
export const views: ReadonlySignal<readonly SavedView[]> = kept;

/** Keeps the filters of an address; under a name that is there already, these in its place. */
export function saveView(name: string, address: URLSearchParams): void {
  const filters = new URLSearchParams(address);
  for (const param of NO_FILTERS) filters.delete(param);
  const others = kept.peek().filter((view) => view.name !== name);
  write([...others, { name, search: filters.toString() }]);
}

export function removeView(name: string): void {
  write(kept.peek().filter((view) => view.name !== name));
}

export function viewHref({ search }: SavedView): string {
  return `/?${search}`;
}

/** Reads what is kept; what is no list of views is none. */
export function parseViews(text: string | null): SavedView[] {
  try {
    const read: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(read)) return [];
    return read
      .filter((view) => typeof view?.name === "string" && typeof view?.search === "string")
      .slice(0, VIEWS_MAX);
  } catch {
    return [];
  }
}

function write(next: readonly SavedView[]): void {
  kept.value = next.toSorted((a, b) => a.name.localeCompare(b.name)).slice(0, VIEWS_MAX);
  keep(STORAGE_KEY, kept.value.length === 0 ? null : JSON.stringify(kept.value));
}
