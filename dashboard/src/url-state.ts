/** The query string as signals: all state of a page that a reload, a link or the back button should bring back. */
import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { AddressBar } from "./adapter/address-bar.ts";

export type Changes = Readonly<Record<string, string | null | undefined>>;

export interface UrlState {
  readonly path: ReadonlySignal<string>;
  readonly search: ReadonlySignal<URLSearchParams>;
  /** A parameter of the query; "" when it is not there. The same name gives the same signal. */
  param(name: string): ReadonlySignal<string>;
  /**
   * Sets parameters of the present page; null and "" take one away. `push` makes a step that Back undoes (a choice);
   * `replace` does not (each letter typed).
   */
  set(changes: Changes, how: "push" | "replace"): void;
  /** Goes to another page of ours: path and query. */
  navigate(href: string, how?: "push" | "replace"): void;
  /** Reads the address anew, for who changed it by other means. */
  sync(): void;
}

export function createUrlState(bar: AddressBar): UrlState {
  const href = signal(bar.href());
  const path = computed(() => href.value.split("?", 1)[0] ?? "/");
  const search = computed(() => new URLSearchParams(href.value.slice(path.value.length)));
  const params = new Map<string, ReadonlySignal<string>>();

  const sync = () => {
    href.value = bar.href();
  };
  bar.onChange(sync);

  const go = (to: string, how: "push" | "replace") => {
    if (to === href.peek()) return;
    batch(() => {
      bar[how](to);
      sync();
    });
  };

  return {
    path,
    search,
    param(name) {
      const known = params.get(name) ?? computed(() => search.value.get(name) ?? "");
      params.set(name, known);
      return known;
    },
    set(changes, how) {
      const next = new URLSearchParams(search.peek());
      for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === undefined || value === "") next.delete(name);
        else next.set(name, value);
      }
      const query = next.toString();
      go(query === "" ? path.peek() : `${path.peek()}?${query}`, how);
    },
    navigate: (to, how = "push") => go(to, how),
    sync,
  };
}
