import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { isComposing } from "./is-composing.ts";

export interface WriteFieldProps {
  label: string;
  text: string;
  onText(text: string): void;
  onSend(): void;
  placeholder?: string;
  isDisabled?: boolean;
  rows?: number;
  /** Takes the focus when it appears. */
  hasFocus?: boolean;
}

/** Where a message is written: Enter sends, Shift+Enter begins a new line. */
export function WriteField(props: WriteFieldProps) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  // Before the next key is pressed.
  useLayoutEffect(() => {
    if (props.hasFocus) field.current?.focus();
  }, [props.hasFocus]);
  return (
    <div class="field">
      <label for={id} class="visually-hidden">
        {props.label}
      </label>
      <textarea
        id={id}
        ref={field}
        class="input"
        dir="auto"
        rows={props.rows ?? 3}
        placeholder={props.placeholder}
        disabled={props.isDisabled}
        value={props.text}
        onInput={(event) => props.onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          // The Enter that ends a composition belongs to the input method.
          if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
          event.preventDefault();
          props.onSend();
        }}
      />
    </div>
  );
}
