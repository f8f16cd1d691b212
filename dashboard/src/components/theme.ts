import { signal } from "@preact/signals";

export const THEMES = ["system", "dark", "light"] as const;
export type Theme = (typeof THEMES)[number];

/** As in public/theme.js, which takes up the choice of the last visit before anything is drawn. */
const STORAGE_KEY = "cc2cc.theme";

/** What the user chose; `system` follows the machine. */
export const theme = signal<Theme>(takenUp());

/** Chooses, and keeps it for the next visit where the browser lets it. */
export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  const root = document.documentElement;
  if (chosen === "system") root.removeAttribute("data-theme");
  else root.dataset.theme = chosen;
  try {
    if (chosen === "system") localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, chosen);
  } catch {
    // Storage is turned off: the choice holds for this visit.
  }
}

function takenUp(): Theme {
  const { theme: taken } = document.documentElement.dataset;
  return THEMES.find((known) => known === taken) ?? "system";
}
