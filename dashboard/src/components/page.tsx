import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { pageTitle } from "./page-title.ts";
import "./page.css";

/** The frame of a page: its title, what can be done with the whole of it, and its content. */
export function Page(props: { title: string; actions?: ComponentChildren; children: ComponentChildren }) {
  useEffect(() => {
    pageTitle.value = props.title;
  }, [props.title]);
  return (
    <main class="page">
      <header class="page-header">
        <h1>{props.title}</h1>
        {props.actions !== undefined && <div class="page-actions">{props.actions}</div>}
      </header>
      {props.children}
    </main>
  );
}

/** A list and, beside it, the one of it that is open. Where there is room for one only, the open one takes it. */
export function SplitView(props: {
  list: ComponentChildren;
  /** What the list is of, for screen readers. */
  listLabel: string;
  detail: ComponentChildren;
  detailLabel: string;
  isOpen: boolean;
}) {
  return (
    <div class="split" data-open={props.isOpen || undefined}>
      <section class="split-list" aria-label={props.listLabel}>
        {props.list}
      </section>
      <section class="split-detail" aria-label={props.detailLabel}>
        {props.detail}
      </section>
    </div>
  );
}

/** A wide table scrolls by itself, by keyboard too. */
export function TableScroll(props: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="table-scroll" aria-label={props.label} tabIndex={0}>
      {props.children}
    </section>
  );
}
