import { X } from "lucide";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { IconButton } from "./button.tsx";
import "./drawer.css";

/** A panel at the side that leaves the page usable; it covers a phone whole. Escape closes it, the focus goes back. */
export function Drawer(props: { title: ComponentChildren; onClose(): void; children: ComponentChildren }) {
  const id = useId();
  const panel = useRef<HTMLElement>(null);
  const close = useRef(props.onClose);
  close.current = props.onClose;
  useEffect(() => {
    const before = document.activeElement;
    panel.current?.focus();
    const closeOnEscape = (event: KeyboardEvent) => {
      // What lies over the drawer closes first.
      const isCovered = document.querySelector("dialog:modal, [popover=auto]:popover-open") !== null;
      if (event.key === "Escape" && !event.defaultPrevented && !isCovered) close.current();
    };
    addEventListener("keydown", closeOnEscape);
    return () => {
      removeEventListener("keydown", closeOnEscape);
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <aside class="drawer" ref={panel} tabIndex={-1} aria-labelledby={id}>
      <header class="drawer-header">
        <h2 id={id}>{props.title}</h2>
        <IconButton icon={X} label="Close" shortcut="Esc" onClick={props.onClose} />
      </header>
      <div class="drawer-body">{props.children}</div>
    </aside>
  );
}
