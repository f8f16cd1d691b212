import { X } from "lucide";
import { describeSpan, type LastName, type TimeSpan } from "../models/time-span.ts";
import { Icon } from "./icon.tsx";
import "./span-picker.css";

/** Chooses a span of time that ends now; one that was chosen otherwise stands beside, and can be given up. */
export function SpanPicker(props: {
  label: string;
  span: TimeSpan;
  names: readonly LastName[];
  /** Where giving up a range leads. */
  fallback: LastName;
  onChoose(span: TimeSpan): void;
}) {
  const { span, onChoose } = props;
  return (
    <fieldset class="span-picker">
      <legend class="visually-hidden">{props.label}</legend>
      {span.kind === "range" && (
        <button
          type="button"
          class="span-picker-range"
          aria-label={`${describeSpan(span)}: give this range up`}
          onClick={() => onChoose({ kind: "last", name: props.fallback })}
        >
          {describeSpan(span)}
          <Icon of={X} size={14} />
        </button>
      )}
      <span class="span-picker-names">
        {props.names.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={span.kind === "last" && span.name === name}
            aria-label={`${name}: ${describeSpan({ kind: "last", name })}`}
            onClick={() => onChoose({ kind: "last", name })}
          >
            {name}
          </button>
        ))}
      </span>
    </fieldset>
  );
}
