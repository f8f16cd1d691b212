import { effect, type ReadonlySignal, signal } from "@preact/signals";

/** What the page is called that is open. */
export const pageTitle = signal("");

/** Keeps the title of the tab: how many decisions wait for a person stands before the page, whichever that is. */
export function keepTitle(openDecisions: ReadonlySignal<number>): void {
  effect(() => {
    const title = pageTitle.value;
    const count = openDecisions.value;
    // What the page itself counts is not as urgent.
    if (title !== "")
      document.title = `${count === 0 ? title : `(${count}) ${title.replace(/^\(\d+\) /, "")}`} · cc2cc`;
  });
}
