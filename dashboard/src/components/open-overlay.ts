import { signal } from "@preact/signals";

/** What lies over the page by a shortcut, and can by one only once. */
export type Overlay = "palette" | "help" | "join" | "pause" | "settings" | "view";

export const openOverlay = signal<Overlay | null>(null);

/** H3: what the dialog that pauses is about. */
export const pauseTarget = signal("all");

export function showPause(target: string): void {
  pauseTarget.value = target;
  showOverlay("pause");
}

export function showOverlay(overlay: Overlay): void {
  openOverlay.value = overlay;
}

export function hideOverlay(): void {
  openOverlay.value = null;
}
