import { useSignal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { placePopover } from "./place-popover.ts";
import "./popover.css";

/** What the button that opens a popover must carry. */
export interface TriggerProps {
  popovertarget: string;
  "aria-expanded": boolean;
  "aria-haspopup": "menu" | "dialog";
}

export interface PopoverProps {
  /** Renders the button: `(props) => <Button {...props}>…</Button>`. */
  trigger(props: TriggerProps): VNode;
  /** What it is, for screen readers. */
  label: string;
  align?: "start" | "end";
  role?: "menu" | "dialog";
  class?: string;
  /** Its content, made when it opens. */
  children: ComponentChildren | ((close: () => void) => ComponentChildren);
  onKeyDown?(event: KeyboardEvent): void;
  onOpen?(popover: HTMLElement): void;
}

/** Content beside its button. The browser closes it on Escape and on a press elsewhere, and gives the focus back. */
export function Popover({
  trigger,
  label,
  align = "start",
  role = "dialog",
  children,
  onOpen,
  ...props
}: PopoverProps) {
  const id = useId();
  const element = useRef<HTMLDivElement>(null);
  const isOpen = useSignal(false);
  const close = () => element.current?.hidePopover();
  useLayoutEffect(() => {
    const popover = element.current;
    const anchor = document.querySelector(`[popovertarget="${id}"]`);
    if (!isOpen.value || popover === null || anchor === null) return;
    const place = () => placePopover(popover, anchor, align);
    place();
    onOpen?.(popover);
    // It lies over everything, so it does not move with what scrolls below it unless it is told.
    addEventListener("scroll", place, { capture: true, passive: true });
    addEventListener("resize", place);
    // Some of what it shows comes later.
    const growth = new ResizeObserver(place);
    growth.observe(popover);
    return () => {
      growth.disconnect();
      removeEventListener("scroll", place, { capture: true });
      removeEventListener("resize", place);
    };
  }, [isOpen.value]);
  return (
    <>
      {trigger({ popovertarget: id, "aria-expanded": isOpen.value, "aria-haspopup": role })}
      {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useAriaPropsSupportedByRole: its role is a menu's or a dialog's, which the rules do not see through a variable */}
      <div
        id={id}
        ref={element}
        popover="auto"
        role={role}
        aria-label={label}
        class={props.class === undefined ? "popover" : `popover ${props.class}`}
        onKeyDown={props.onKeyDown}
        onToggle={(event) => {
          isOpen.value = event.newState === "open";
        }}
      >
        {isOpen.value && (typeof children === "function" ? children(close) : children)}
      </div>
    </>
  );
}
