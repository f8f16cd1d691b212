import { useEffect, useRef } from "preact/hooks";
import { placePopover } from "./place-popover.ts";
import "./tooltip.css";

const DELAY_MS = 450;

/**
 * Shows the `data-tip` of whatever is pointed at or has the keyboard's focus; stands once in the page. A tip repeats what the
 * label of its element says, so screen readers do not hear it.
 */
export function Tooltip() {
  const tip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hide = () => {
      clearTimeout(timer);
      if (tip.current?.matches(":popover-open")) tip.current.hidePopover();
    };
    const show = (event: Event) => {
      hide();
      const anchor = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
      if (anchor === null || (event.type === "focusin" && !anchor.matches(":focus-visible"))) return;
      timer = setTimeout(() => tip.current && anchor.isConnected && showTip(tip.current, anchor), DELAY_MS);
    };
    const shows = ["pointerover", "focusin"];
    const hides = ["pointerdown", "keydown", "scroll", "focusout"];
    for (const type of shows) document.addEventListener(type, show, { passive: true });
    for (const type of hides) document.addEventListener(type, hide, { capture: true, passive: true });
    return () => {
      hide();
      for (const type of shows) document.removeEventListener(type, show);
      for (const type of hides) document.removeEventListener(type, hide, { capture: true });
    };
  }, []);
  return <div class="tooltip" popover="manual" ref={tip} aria-hidden="true" />;
}

function showTip(tip: HTMLElement, anchor: Element): void {
  tip.textContent = anchor.getAttribute("data-tip");
  tip.showPopover();
  placePopover(tip, anchor);
}
