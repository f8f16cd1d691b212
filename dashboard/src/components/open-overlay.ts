import { signal } from "@preact/signals";

/** What lies over the page by a shortcut, and can by one only once. */
export type Overlay = "palette" | "help" | "join";

export const openOverlay = signal<Overlay | null>(null);

export function showOverlay(overlay: Overlay): void {
  openOverlay.value = overlay;
}

export function hideOverlay(): void {
  openOverlay.value = null;
}
