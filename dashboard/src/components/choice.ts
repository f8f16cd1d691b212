/** A choice of the person that this browser keeps for the next visit. */
import { type ReadonlySignal, signal } from "@preact/signals";

export interface Choice<T extends string> {
  readonly chosen: ReadonlySignal<T>;
  choose(option: T): void;
}

/** The first option holds until another is chosen. */
export function createChoice<T extends string>(storageKey: string, options: readonly [T, ...T[]]): Choice<T> {
  const kept = readKept(storageKey);
  const chosen = signal<T>(options.find((option) => option === kept) ?? options[0]);
  return {
    chosen,
    choose(option) {
      chosen.value = option;
      keep(storageKey, option === options[0] ? null : option);
    },
  };
}

/** What is kept under a name; null where nothing is, or storage is turned off. */
export function readKept(storageKey: string): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

/** Keeps a text; null takes it away. */
export function keep(storageKey: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, text);
  } catch {
    // Storage is turned off, or full: the choice holds for this visit.
  }
}
