import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { isSequenceKey, useShortcuts } from "./shortcuts.ts";
import "./link-list.css";

export interface LinkListProps<T> {
  items: readonly T[];
  keyOf(item: T): string;
  hrefOf(item: T): string;
  isCurrent(item: T): boolean;
  render(item: T): ComponentChildren;
  /** Below the last: such as a button that reads more. */
  footer?: ComponentChildren;
}

/** A list of which one item at a time is open. `j` goes into it; arrow keys, `j` and `k`, Home and End move, Enter opens. */
export function LinkList<T>(props: LinkListProps<T>) {
  const list = useRef<HTMLUListElement>(null);
  const enter = () => {
    const current = list.current?.querySelector<HTMLElement>("a.link-list-item[aria-current]");
    (current ?? list.current?.querySelector<HTMLElement>("a.link-list-item"))?.focus();
  };
  useShortcuts([
    { keys: "j", label: "Into the list, then down", group: "In lists", run: enter, selector: "a.link-list-item" },
    { keys: "k", label: "Into the list, then up", group: "In lists", run: enter, selector: "a.link-list-item" },
  ]);
  const move = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isSequenceKey(event)) return;
    const links = [...(list.current?.querySelectorAll<HTMLAnchorElement>("a.link-list-item") ?? [])];
    const next = nextOf(event.key, links.indexOf(document.activeElement as HTMLAnchorElement), links.length);
    if (next === undefined) return;
    event.preventDefault();
    links[next]?.focus();
  };
  return (
    <ul class="link-list" ref={list} onKeyDown={move}>
      {props.items.map((item) => (
        <li key={props.keyOf(item)}>
          <a class="link-list-item" href={props.hrefOf(item)} aria-current={props.isCurrent(item) ? "true" : undefined}>
            {props.render(item)}
          </a>
        </li>
      ))}
      {props.footer !== undefined && <li class="link-list-footer">{props.footer}</li>}
    </ul>
  );
}

function nextOf(key: string, at: number, count: number): number | undefined {
  if (at < 0) return undefined;
  if (key === "ArrowDown" || key === "j") return Math.min(at + 1, count - 1);
  if (key === "ArrowUp" || key === "k") return Math.max(at - 1, 0);
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  return undefined;
}
