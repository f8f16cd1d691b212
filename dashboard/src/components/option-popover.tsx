import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { placePopover } from "./place-popover.ts";

/** Shows a list below its field, over everything and no narrower than it. The field says when it opens and closes. */
export function OptionPopover(props: {
  anchor: RefObject<HTMLElement | null>;
  isOpen: boolean;
  children: ComponentChildren;
}) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const popover = element.current;
    const anchor = props.anchor.current;
    if (popover === null || anchor === null) return;
    if (!props.isOpen) {
      if (popover.matches(":popover-open")) popover.hidePopover();
      return;
    }
    if (!popover.matches(":popover-open")) popover.showPopover();
    popover.style.minWidth = `${anchor.getBoundingClientRect().width}px`;
    popover.style.maxWidth = "min(40rem, calc(100vw - 1rem))";
    const place = () => placePopover(popover, anchor);
    place();
    addEventListener("resize", place);
    addEventListener("scroll", place, { capture: true, passive: true });
    return () => {
      removeEventListener("resize", place);
      removeEventListener("scroll", place, { capture: true });
    };
  });
  return (
    <div class="option-popover" popover="manual" ref={element}>
      {props.isOpen && props.children}
    </div>
  );
}
