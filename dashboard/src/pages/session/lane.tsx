import type { ComponentChildren } from "preact";
import type { Stretch } from "../../models/time-span.ts";
import type { Mark } from "./marks.ts";

/** Per cent of the lane: what is there is seen, however short. */
const MIN_WIDTH = 0.4;

/** One lane with what stands on it. Arrow keys, Home and End go from mark to mark, Enter opens; `onRead` hears which is looked at. */
export function Lane(props: {
  title: string;
  stretch: Stretch;
  /** One below the other where there are several. */
  rows: readonly (readonly Mark[])[];
  onRead(mark: Mark): void;
  children?: ComponentChildren;
}) {
  return (
    <section class="lane">
      <h2 class="lane-title">{props.title}</h2>
      <div class="lane-rows" role="toolbar" aria-label={props.title} onKeyDown={moveFocus}>
        {props.children}
        {props.rows.map((marks, at) => (
          <ul key={at} class="lane-row">
            {marks.map((mark, index) => (
              <li key={mark.key}>
                <MarkLink mark={mark} stretch={props.stretch} isFirst={at === 0 && index === 0} onRead={props.onRead} />
              </li>
            ))}
          </ul>
        ))}
      </div>
    </section>
  );
}

function MarkLink(props: { mark: Mark; stretch: Stretch; isFirst: boolean; onRead(mark: Mark): void }) {
  const { mark, stretch, onRead } = props;
  const length = stretch.toAt - stretch.fromAt;
  const left = clamp(((mark.fromAt - stretch.fromAt) / length) * 100, 0, 100 - MIN_WIDTH);
  const width = clamp(((mark.toAt - stretch.fromAt) / length) * 100 - left, MIN_WIDTH, 100 - left);
  const read = () => onRead(mark);
  const shared = {
    class: "lane-mark",
    "data-tone": mark.tone,
    "aria-label": mark.words,
    style: { left: `${left}%`, width: `${width}%` },
    tabIndex: props.isFirst ? 0 : -1,
    onPointerEnter: read,
    onFocus: read,
  };
  return mark.href === undefined ? <button type="button" {...shared} /> : <a href={mark.href} {...shared} />;
}

function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const marks = [...event.currentTarget.querySelectorAll<HTMLElement>(".lane-mark")];
  const at = marks.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = {
    ArrowRight: at + 1,
    ArrowDown: at + 1,
    ArrowLeft: at - 1,
    ArrowUp: at - 1,
    Home: 0,
    End: marks.length - 1,
  };
  const next = steps[event.key];
  if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  marks[clamp(next, 0, marks.length - 1)]?.focus();
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), Math.max(min, max));
}
