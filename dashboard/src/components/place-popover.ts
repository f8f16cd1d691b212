const GAP_PX = 4;
const EDGE_PX = 8;

/** Puts a shown popover beside its anchor: below it where there is room, else above, and always within the window. */
export function placePopover(popover: HTMLElement, anchor: Element, align: "start" | "end" = "start"): void {
  popover.style.position = "fixed";
  popover.style.margin = "0";
  popover.style.inset = "auto";
  const at = anchor.getBoundingClientRect();
  const { width, height } = popover.getBoundingClientRect();
  const below = at.bottom + GAP_PX;
  const fitsBelow = below + height <= innerHeight - EDGE_PX || at.top < innerHeight - at.bottom;
  const left = align === "start" ? at.left : at.right - width;
  popover.style.left = `${clamp(left, innerWidth - width)}px`;
  popover.style.top = `${clamp(fitsBelow ? below : at.top - GAP_PX - height, innerHeight - height)}px`;
}

function clamp(value: number, roomPx: number): number {
  return Math.max(EDGE_PX, Math.min(value, roomPx - EDGE_PX));
}
