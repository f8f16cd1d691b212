import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { defaultKeybindingsHandlerIgnore, tinykeys } from "tinykeys";
import { isComposing } from "./is-composing.ts";

export interface Shortcut {
  /** As tinykeys writes it: `/`, `$mod+k`, `g t` for one key after the other. */
  keys: string;
  /** What it does, for the help: `Go to Topics`. */
  label: string;
  /** Under which heading the help has it. */
  group: string;
  /** Also works while something is typed. */
  isGlobal?: boolean;
  /** Left out for keys that a component handles itself, and that are only to be listed. */
  run?(): void;
  /** What it needs on the page: without such an element the help leaves it out. */
  selector?: string;
}

/** Each caller's own, the latest last, so that a page's shortcut goes before the shell's. */
const registered = signal<readonly (readonly Shortcut[])[]>([]);

/** All shortcuts that work now, each key once. */
export const shortcuts = computed<readonly Shortcut[]>(() => {
  const byKeys = new Map(
    registered.value.flat().map((shortcut) => [shortcut.keys + (shortcut.run === undefined), shortcut]),
  );
  return [...byKeys.values()];
});

/** Offers shortcuts while the component is there; `?` lists them. */
export function useShortcuts(list: readonly Shortcut[], inputs: readonly unknown[] = []): void {
  useEffect(() => registerShortcuts(list), inputs);
}

/** Returns what takes them away again. */
export function registerShortcuts(list: readonly Shortcut[]): () => void {
  registered.value = [...registered.peek(), list];
  return () => {
    registered.value = registered.peek().filter((other) => other !== list);
  };
}

/** Listens for all registered shortcuts; once in the page. */
export function useShortcutKeys(): void {
  const all = shortcuts.value;
  useEffect(() => {
    const active = all.filter((shortcut) => shortcut.run !== undefined);
    addEventListener("keydown", watchSequences, { capture: true });
    const stop = tinykeys(
      window,
      Object.fromEntries(active.map((shortcut) => [shortcut.keys, (event) => runShortcut(shortcut, event)])),
      // What is typed into a field is decided for each shortcut below.
      { ignore: (event) => isComposing(event) || event.defaultPrevented, timeout: SEQUENCE_MS },
    );
    return () => {
      stop();
      removeEventListener("keydown", watchSequences, { capture: true });
    };
  }, [all]);
}

/** How long after its first key a sequence waits for the next. */
const SEQUENCE_MS = 1_000;
let sequenceStartedAt = Number.NEGATIVE_INFINITY;
let continuation: KeyboardEvent | undefined;

/** Whether a key goes on with a sequence such as `g t`; a component that takes single letters leaves it alone then. */
export function isSequenceKey(event: KeyboardEvent): boolean {
  return event === continuation;
}

function watchSequences(event: KeyboardEvent): void {
  const goesOn = event.timeStamp - sequenceStartedAt < SEQUENCE_MS;
  const startsOne = shortcuts.peek().some(({ keys }) => keys.startsWith(`${event.key} `));
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !isTypingTarget(event.target);
  continuation = goesOn ? event : undefined;
  sequenceStartedAt = !goesOn && startsOne && isPlain ? event.timeStamp : Number.NEGATIVE_INFINITY;
}

/** The keys as they are printed on a keyboard: `$mod+k` → `Ctrl K`. */
export function describeKeys(keys: string): string[] {
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
  return keys
    .replaceAll("$mod", isMac ? "⌘" : "Ctrl")
    .replaceAll("[Shift]+", "")
    .split(/[+ ]/)
    .map((key) => KEY_NAMES[key] ?? key);
}

const KEY_NAMES: Readonly<Record<string, string>> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
};

function runShortcut(shortcut: Shortcut, event: KeyboardEvent): void {
  const isTyping = isTypingTarget(event.target) || defaultKeybindingsHandlerIgnore(event);
  // A modal dialog and an open menu have the keyboard for themselves.
  const isCovered = document.querySelector("dialog:modal, [role=menu]:popover-open") !== null;
  if (!shortcut.isGlobal && (isTyping || isCovered)) return;
  event.preventDefault();
  shortcut.run?.();
}

function isTypingTarget(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
}
