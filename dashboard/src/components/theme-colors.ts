/** Colours of the style sheet for what is drawn on a canvas. */
import { effect } from "@preact/signals";
import { theme } from "./theme.ts";

/**
 * What custom properties mean here and now. Computed, not read: the sheet says them by `light-dark()`, which no canvas knows.
 */
export function readColors<Name extends string>(within: Element, names: readonly Name[]): Record<Name, string> {
  const probe = document.createElement("span");
  within.append(probe);
  const colors = names.map((name) => {
    probe.style.color = `var(${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(colors) as Record<Name, string>;
}

/** Tells when colours have changed: by choice, or with the system. Returns what ends it. */
export function watchTheme(listen: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", listen);
  let isFirst = true;
  const stop = effect(() => {
    theme.value;
    if (!isFirst) listen();
    isFirst = false;
  });
  return () => {
    stop();
    system.removeEventListener("change", listen);
  };
}
