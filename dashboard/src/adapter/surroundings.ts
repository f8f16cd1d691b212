/** What the browser knows of the world round the page. */
import { type ReadonlySignal, signal } from "@preact/signals";

export interface Surroundings {
  /** False when the device has no network at all; true proves nothing. */
  readonly isOnline: ReadonlySignal<boolean>;
  /** Whether anybody can see the page. */
  readonly isVisible: ReadonlySignal<boolean>;
}

export function createSurroundings(): Surroundings {
  const isOnline = signal(navigator.onLine);
  const isVisible = signal(document.visibilityState === "visible");
  for (const name of ["online", "offline"]) {
    addEventListener(name, () => {
      isOnline.value = navigator.onLine;
    });
  }
  document.addEventListener("visibilitychange", () => {
    isVisible.value = document.visibilityState === "visible";
  });
  return { isOnline, isVisible };
}
