import { useSignal } from "@preact/signals";
import { Clock, X } from "lucide";
import {
  describeSpan,
  formatSpan,
  isDay,
  readSpan,
  resolveSpan,
  type SpanName,
  spanOf,
  type TimeSpan,
} from "../models/time-span.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { Popover } from "./popover.tsx";
import { bound, TextField } from "./text-field.tsx";
import "./span-picker.css";

export interface SpanPickerProps {
  label: string;
  /** Undefined where the page shows all of time. */
  span: TimeSpan | undefined;
  /** Offered at a press; any other one is typed or chosen behind the last button. */
  names: readonly SpanName[];
  /** Where giving up a span leads that is none of these; undefined for all of time. */
  fallback: SpanName | undefined;
  onChoose(span: TimeSpan | undefined): void;
}

/** Chooses a stretch of time: one of some that end now, so long ago as one types, a day, or from one moment to another. */
export function SpanPicker({ label, span, names, fallback, onChoose }: SpanPickerProps) {
  const isOffered = span === undefined || (span.kind !== "range" && names.includes(span.name));
  return (
    <fieldset class="span-picker">
      <legend class="visually-hidden">{label}</legend>
      {!isOffered && (
        <button
          type="button"
          class="span-picker-range"
          aria-label={`${describeSpan(span)}: give this range up`}
          onClick={() => onChoose(fallback && spanOf(fallback))}
        >
          {describeSpan(span)}
          <Icon of={X} size={14} />
        </button>
      )}
      <span class="span-picker-names">
        {fallback === undefined && (
          <button type="button" aria-pressed={span === undefined} onClick={() => onChoose(undefined)}>
            all
          </button>
        )}
        {names.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={span !== undefined && span.kind !== "range" && span.name === name}
            aria-label={isDay(name) ? describeSpan(spanOf(name)) : `${name}: ${describeSpan(spanOf(name))}`}
            onClick={() => onChoose(spanOf(name))}
          >
            {name}
          </button>
        ))}
        <Popover
          label="Another time"
          align="end"
          class="span-picker-more"
          trigger={(props) => (
            <button type="button" {...props} aria-label="Another time" data-tip="Another time">
              <Icon of={Clock} size={15} />
            </button>
          )}
          onOpen={(popover) => popover.querySelector("input")?.focus()}
        >
          {(close) => (
            <AnotherTime
              span={span}
              onChoose={(next) => {
                close();
                onChoose(next);
              }}
            />
          )}
        </Popover>
      </span>
    </fieldset>
  );
}

/** So long ago or a day, as one types it; or both ends. */
function AnotherTime({ span, onChoose }: { span: TimeSpan | undefined; onChoose(span: TimeSpan): void }) {
  const stretch = span === undefined ? undefined : resolveSpan(span, Date.now());
  const text = useSignal(span === undefined || span.kind === "range" ? "" : formatSpan(span));
  const from = useSignal(toField(stretch?.fromAt));
  const to = useSignal(toField(stretch?.toAt));
  const error = useSignal<string | undefined>(undefined);
  const choose = (next: TimeSpan | undefined, problem: string) => {
    if (next === undefined) error.value = problem;
    else onChoose(next);
  };
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          choose(readSpan(text.value), "Write 90m, 2h, 3d or 1w (31 days at most), today or yesterday.");
        }}
      >
        <TextField label="Since, or a day" {...bound(text)} placeholder="2h, 90m, 3d, today, yesterday" />
        <div class="span-picker-row">
          <Button type="submit" size="small" variant="primary">
            Show
          </Button>
          {(["today", "yesterday"] as const).map((name) => (
            <Button key={name} size="small" onClick={() => onChoose(spanOf(name))}>
              {describeSpan(spanOf(name))}
            </Button>
          ))}
        </div>
      </form>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const [fromAt, toAt] = [Date.parse(from.value), Date.parse(to.value)];
          const range = fromAt < toAt ? readSpan(formatSpan({ kind: "range", fromAt, toAt })) : undefined;
          choose(range, "The end must be a moment after the beginning.");
        }}
      >
        <TextField label="From" {...bound(from)} type="datetime-local" />
        <TextField label="To" {...bound(to)} type="datetime-local" />
        <div class="span-picker-row">
          <Button type="submit" size="small">
            Show this range
          </Button>
        </div>
      </form>
      {error.value !== undefined && (
        <p class="field-error" role="alert">
          {error.value}
        </p>
      )}
    </>
  );
}

/** A moment as such a field has it: local, to the minute. */
function toField(at: number | undefined): string {
  if (at === undefined) return "";
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
