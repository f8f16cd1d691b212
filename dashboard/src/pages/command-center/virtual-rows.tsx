import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import type { ReactElement } from "preact/compat";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Virtualizer } from "virtua";

/** A list of some dozens is there whole, so that the browser's own search finds what is in it. */
const BUFFER_PX = 1_500;
const ROW_PX = 30;

/** One of several lists that scroll together, of which only what is near the window is in the page. */
export function VirtualRows<T>(props: {
  rows: readonly T[];
  scroller: RefObject<HTMLElement | null>;
  /** Changes when what stands above may have grown or gone. */
  layout: Signal<number>;
  children: (row: T) => ReactElement;
}) {
  const holder = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const moved = props.layout.value;
  useLayoutEffect(() => {
    const scroller = props.scroller.current;
    if (scroller === null || holder.current === null) return;
    const distance = holder.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    top.value = Math.round(distance + scroller.scrollTop);
  }, [moved, props.rows]);
  return (
    <div ref={holder}>
      <Virtualizer
        as="ul"
        item="li"
        scrollRef={props.scroller}
        startMargin={top.value}
        bufferSize={BUFFER_PX}
        itemSize={ROW_PX}
        data={props.rows}
      >
        {props.children}
      </Virtualizer>
    </div>
  );
}
