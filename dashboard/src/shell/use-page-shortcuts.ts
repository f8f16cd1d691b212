import { useMemo } from "preact/hooks";
import { type Shortcut, useShortcuts } from "../components/shortcuts.ts";
import type { UrlState } from "../url-state.ts";
import { PAGES } from "./pages.ts";

/** The second of two keys, by page: `g c` goes to conversations. */
const KEYS: Readonly<Record<(typeof PAGES)[number]["href"], string>> = {
  "/": "h",
  "/inbox": "i",
  "/conversations": "c",
  "/tasks": "w",
  "/schedules": "s",
  "/topics": "t",
  "/analytics": "a",
  "/graph": "g",
  "/dead-letters": "d",
  "/keys": "k",
};

const SEARCH = "search input, input[type=search]";

/** Keys that work on every page: to the others, to the search box. */
export function usePageShortcuts(url: UrlState): void {
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      ...PAGES.map(({ href, title }) => ({
        keys: `g ${KEYS[href]}`,
        label: title,
        group: "Go to",
        run: () => url.navigate(href),
      })),
      { keys: "/", label: "Search on this page", group: "Everywhere", run: focusSearch, selector: SEARCH },
    ],
    [url],
  );
  useShortcuts(shortcuts, [shortcuts]);
}

function focusSearch(): void {
  document.querySelector<HTMLElement>(SEARCH)?.focus();
}
