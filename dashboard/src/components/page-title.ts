import { effect, type ReadonlySignal, signal } from "@preact/signals";

/** What the page is called that is open. */
export const pageTitle = signal("");

/** Keeps the title of the tab: how much waits for a person stands before the page, whichever that is. */
export function keepTitle(waiting: ReadonlySignal<number>): void {
  effect(() => {
    const title = pageTitle.value;
    const count = waiting.value;
    // What the page itself counts is not as urgent.
    if (title !== "")
      document.title = `${count === 0 ? title : `(${count}) ${title.replace(/^\(\d+\) /, "")}`} · cc2cc`;
  });
}
